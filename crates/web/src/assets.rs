//! Assets（静态文件）: styles, scripts and the icon font, embedded when the binary was built.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// GET /assets/{*name}
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let Some((_, content)) = EMBEDDED.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    // They change with the binary only; a day is short enough for a new one to be seen.
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=86400")], *content).into_response()
}
