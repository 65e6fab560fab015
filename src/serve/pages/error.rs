//! Pages that say what went wrong, in the language of the address, with ways on.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::publish::clean;

use super::super::site::Site;
use super::asked::Asked;
use super::frame::{Frame, Place};
use super::words::Phrase;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A value that is not allowed, named.
    Bad(String),
    /// There is nothing at this address.
    Missing,
    /// What was at this address was taken away.
    Gone,
    /// Something was to be sent here.
    Method,
    /// The archive cannot be read.
    Unavailable,
    /// There are too many searches, or this one takes too long.
    Busy,
    /// A bug in this server.
    Broken,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    what: Phrase,
}

/// The answer that says so.
pub fn page(site: &dyn Site, asked: &Asked, wrong: &Wrong) -> Response {
    let words = &asked.language.words().error;
    let (status, title, what) = match wrong {
        Wrong::Bad(what) => (
            StatusCode::BAD_REQUEST,
            &words.bad_title,
            words.bad.with("what", clean::line(what)),
        ),
        Wrong::Missing => (
            StatusCode::NOT_FOUND,
            &words.missing_title,
            words.missing.clone(),
        ),
        Wrong::Gone => (
            StatusCode::GONE,
            &asked.language.words().item.gone_title,
            asked.language.words().item.gone.clone(),
        ),
        Wrong::Method => (
            StatusCode::METHOD_NOT_ALLOWED,
            &words.method_title,
            words.method.clone(),
        ),
        Wrong::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            &words.unavailable_title,
            words.unavailable.clone(),
        ),
        Wrong::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            &words.busy_title,
            words.busy.clone(),
        ),
        Wrong::Broken => (
            StatusCode::INTERNAL_SERVER_ERROR,
            &words.broken_title,
            words.broken.clone(),
        ),
    };
    let frame = Frame::new(site, asked, Place::Elsewhere, title.as_str()).hidden();
    let page = ErrorPage { frame, what };
    // Nothing in a template can fail; should it, the status still says what is wrong.
    let html = page.render().unwrap_or_default();
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if *wrong == Wrong::Unavailable {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
