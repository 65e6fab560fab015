//! Problems: what is wrong with a request, for programs and for whoever reads their logs (RFC 9457).

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::config::nearest;
use crate::model::ids::Uid;
use crate::model::item::NoVersion;
use crate::publish::clean;
use crate::serve::feeds::under;
use crate::serve::filters::BadParameter;
use crate::serve::site::{GoneItem, Site};

/// The media type of problems.
const MEDIA_TYPE: &str = "application/problem+json";
/// The type of a problem that its status says all about.
const PLAIN: &str = "about:blank";
/// Where the description of the interface describes problems.
const DESCRIBED: &str = "/components/responses/";

/// A problem, before it is known where it occurred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    /// Name of its description; `None` where the status says all.
    kind: Option<&'static str>,
    title: &'static str,
    detail: String,
    more: Box<More>,
}

/// What a program can act upon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<Vec<Uid>>,
    #[serde(flatten)]
    gone: Option<GoneItem>,
}

/// A problem as it is sent.
#[derive(Serialize)]
struct Sent<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(flatten)]
    more: &'a More,
}

/// Said where a search finds no room.
pub const BUSY: &str = "there are too many searches at once, or this one takes too long; try again in a few seconds, look for \
                        longer words, or in one municipality or year";

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind: None,
            title,
            detail: detail.into(),
            more: Box::default(),
        }
    }

    fn described(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Nothing is served at the address.
    pub fn not_found() -> Self {
        let detail =
            "there is nothing at this address; /api/openapi.json names those that there are";
        Self::new(StatusCode::NOT_FOUND, "Not Found", detail)
    }

    /// Something else than reading was asked for.
    pub fn method_not_allowed() -> Self {
        let detail = "only GET and HEAD are answered here";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", detail)
    }

    /// The archive cannot be read.
    pub fn unavailable() -> Self {
        let detail = "the archive cannot be read now; try again in a minute";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable",
            detail,
        )
    }

    /// There are too many searches, or this one takes too long.
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", BUSY)
    }

    /// A bug in this server.
    pub fn broken() -> Self {
        let detail = "something went wrong here; it has been logged";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "Internal Server Error", detail)
    }

    /// More was asked for than is read.
    pub fn too_long(most: usize) -> Self {
        let detail = format!("the part of the address behind ? may have {most} bytes");
        Self::new(StatusCode::URI_TOO_LONG, "URI Too Long", detail)
    }

    /// A parameter that is none.
    pub fn unknown_parameter(name: &str, known: &[&'static str]) -> Self {
        let name = shown(name);
        let nearest = nearest(&name, known);
        let remedy = match (nearest, known) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, []) => "none is taken here".to_owned(),
            (None, known) => format!("known here: {}", known.join(", ")),
        };
        let detail = format!("there is no parameter \"{name}\"; {remedy}");
        let title = "A parameter that is not known";
        let mut problem = Self::new(StatusCode::BAD_REQUEST, title, detail).described("BadRequest");
        problem.more.parameter = Some(name);
        problem.more.nearest = nearest;
        problem
    }

    /// A cursor of another archive.
    pub fn ahead_of_the_log(detail: String) -> Self {
        let title = "A cursor that this archive did not give";
        let mut problem = Self::new(StatusCode::BAD_REQUEST, title, detail).described("BadRequest");
        problem.more.parameter = Some("since".to_owned());
        problem
    }

    /// An item that nobody knows.
    pub fn unknown_item(uid: &str, near: Vec<Uid>) -> Self {
        let detail = format!("there is no item \"{}\"", shown(uid));
        let title = "No such item";
        let mut problem = Self::new(StatusCode::NOT_FOUND, title, detail).described("NoSuchItem");
        problem.more.near = Some(near).filter(|near| !near.is_empty());
        problem
    }

    /// A dossier or a network that nobody knows.
    pub fn nothing_called(what: &str, name: &str) -> Self {
        let detail = format!("there is no {what} \"{}\"", shown(name));
        Self::new(StatusCode::NOT_FOUND, "Not Found", detail)
    }

    /// A version that an item does not have.
    pub fn unknown_version(why: NoVersion) -> Self {
        let title = "No such version";
        let mut problem =
            Self::new(StatusCode::NOT_FOUND, title, why.to_string()).described("NoSuchItem");
        problem.more.parameter = Some("version".to_owned());
        problem
    }

    /// An item that is shown no more.
    pub fn gone(gone: GoneItem) -> Self {
        let detail = "the item was here and is shown no more; whoever keeps a copy takes it out";
        let mut problem = Self::new(StatusCode::GONE, "Gone", detail).described("GoneItem");
        problem.more.gone = Some(gone);
        problem
    }

    /// The answer to a request.
    pub fn respond(&self, site: &dyn Site, uri: &Uri) -> Response {
        let kind = self.kind.map(|kind| {
            let mut address = under(site.public_url(), "api/openapi.json");
            address.set_fragment(Some(&format!("{DESCRIBED}{kind}")));
            String::from(address)
        });
        let sent = Sent {
            r#type: kind.unwrap_or_else(|| PLAIN.to_owned()),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            instance: uri.path_and_query().map_or("/", |path| path.as_str()),
            more: &self.more,
        };
        // Nothing in it can fail to be written; should it, the status still says what happened.
        let body = serde_json::to_string_pretty(&sent).unwrap_or_default() + "\n";
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        ];
        (self.status, headers, body).into_response()
    }
}

impl From<BadParameter> for Problem {
    fn from(bad: BadParameter) -> Self {
        let title = "A parameter with a value that is not allowed";
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, title, bad.to_string()).described("BadRequest");
        problem.more.parameter = Some(bad.name.to_owned());
        problem.more.allowed = Some(bad.allowed);
        problem
    }
}

/// What was given, short and on one line.
fn shown(given: &str) -> String {
    clean::line(given).chars().take(60).collect()
}
