//! `/api/dossiers` and the matrix: regional matters, and where each member of a network stands with them.

use std::sync::Arc;

use serde::Serialize;

use crate::model::dossier::{DossierSummary, MatrixLine};
use crate::serve::site::Site;

use super::items::network;
use super::problem::Problem;
use super::{Answer, Asked, json, parameters};

#[derive(Serialize)]
struct Dossiers {
    dossiers: Vec<DossierSummary>,
}

#[derive(Serialize)]
struct Matrix<'a> {
    network: &'a str,
    dossiers: Vec<MatrixLine>,
}

/// The dossiers, of one network or of all.
///
/// # Errors
///
/// A parameter that is not allowed, and when the archive cannot be read.
pub fn list(site: &dyn Site, query: &str) -> Answer {
    let mut of = None;
    for (_, value) in parameters::read(query, &["network"])? {
        of = Some(network(&value, site).map_err(Problem::from)?);
    }
    let dossiers = site.dossiers(of.as_deref())?;
    Ok(Arc::new(json(&Dossiers { dossiers })?))
}

/// One dossier with its cells and items.
///
/// # Errors
///
/// One that nobody knows, a parameter, and when the archive cannot be read.
pub fn one(site: &dyn Site, asked: &Asked) -> Answer {
    parameters::read(&asked.query, &[])?;
    let Some(dossier) = site.dossier(&asked.path)? else {
        return Err(Problem::nothing_called("dossier", &asked.path).into());
    };
    Ok(Arc::new(json(&dossier)?))
}

/// The matrix of a network.
///
/// # Errors
///
/// A network that nobody knows, a parameter, and when the archive cannot be read.
pub fn matrix(site: &dyn Site, asked: &Asked) -> Answer {
    parameters::read(&asked.query, &[])?;
    let slug = asked.path.trim_end_matches("/matrix");
    let Some(network) = site.networks().iter().find(|network| network.slug == slug) else {
        return Err(Problem::nothing_called("network", slug).into());
    };
    let rows = site.matrix(&network.slug)?.into_iter();
    let matrix = Matrix {
        network: &network.slug,
        dossiers: rows.map(MatrixLine::from).collect(),
    };
    Ok(Arc::new(json(&matrix)?))
}
