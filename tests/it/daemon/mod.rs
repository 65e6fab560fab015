//! The daemon's cycles against scripted sites, by a clock that moves as told.

mod attachments;
mod drift;
mod events;
mod feed_faults;
mod feed_only;
mod following;
mod health;
mod lists;
mod meeting_texts;
mod moves;
mod neighbours;
mod office;
mod page_faults;
mod pdf;
mod privacy;
mod quarantine;
mod recognition;
mod rederive;
mod rederive_files;
mod restoring;
mod robots;
mod takedowns;
mod taken_back;
mod tweb;
mod unchanged;
