//! The daemon's cycles against scripted sites, by a clock that moves as told.

mod attachments;
mod dossiers;
mod drift;
mod events;
mod feed_faults;
mod feed_only;
mod following;
mod health;
mod hub;
mod lists;
mod moves;
mod neighbours;
mod page_faults;
mod pdf;
mod privacy;
mod quarantine;
mod recognition;
mod rederive;
mod rederive_files;
mod remembered;
mod restoring;
mod robots;
mod takedowns;
mod tweb;
mod unchanged;
