//! What readers get over real HTTP: feeds, conditional requests, limits, pages, and RFC 4287 to the letter.

mod archived;
mod client;
mod document;
mod downloads;
mod events;
mod feeds;
mod limits;
mod pages;
mod shelf;
