//! What readers get over real HTTP: feeds, conditional requests, limits, pages, and RFC 4287 to the letter.

mod api;
mod archived;
pub mod client;
mod crowds;
mod description;
mod document;
mod downloads;
mod events;
mod feeds;
mod frame;
mod framing;
mod items;
mod languages;
mod limits;
mod metrics;
mod networks;
mod page_size;
mod pages;
mod ready;
mod searching;
mod shelf;
