//! What readers get over real HTTP: feeds, conditional requests, limits, pages, and RFC 4287 to the letter.

mod api;
mod archived;
pub mod client;
mod description;
mod document;
mod downloads;
mod events;
mod feeds;
mod frame;
mod items;
mod limits;
mod networks;
mod pages;
mod searching;
mod shelf;
