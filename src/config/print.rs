//! The configuration back into TOML, so that a person sees what is in force.

use super::Config;
use super::entries::{SourceEntry, municipality_keys, network_keys, rule_keys, subject_keys};
use super::keys::Printer;
use super::settings::{Contact, Draft, Section, SiteUrl};
use crate::model::network::Network;

/// TOML that loads back to an equal configuration.
pub(super) fn toml(config: &Config) -> String {
    let mut out = Printer::default();
    let mut draft = draft(config);
    for section in Section::ALL {
        out.text.extend(["[", section.word(), "]\n"]);
        draft.keys(section, &mut out);
        out.text.push('\n');
    }
    for municipality in &config.municipalities {
        out.text.push_str("[[municipality]]\n");
        municipality_keys(&mut municipality.clone(), &mut out);
        out.text.push('\n');
    }
    for source in &config.sources {
        out.text.push_str("[[source]]\n");
        SourceEntry::of(source, &config.poll).keys(&mut out);
        out.text.push('\n');
    }
    for network in &config.networks {
        network_toml(network, &mut out);
    }
    out.text
}

fn network_toml(network: &Network, out: &mut Printer) {
    out.text.push_str("[[network]]\n");
    network_keys(&mut network.clone(), out);
    out.text.push('\n');
    for rule in &network.rules {
        out.text.push_str("[[network.rule]]\n");
        rule_keys(&mut rule.clone(), out);
        out.text.push('\n');
    }
    for subject in &network.subjects {
        out.text.push_str("[[network.subject]]\n");
        subject_keys(&mut subject.clone(), out);
        out.text.push('\n');
    }
}

/// The scalar settings of a configuration.
fn draft(config: &Config) -> Draft {
    Draft {
        archive_dir: config.archive_dir.clone(),
        max_pdf_original: config.max_pdf_original,
        voikko: config.voikko.clone(),
        vocabulary: config.vocabulary.clone(),
        max_attachments: config.max_attachments,
        min_free: config.min_free,
        listen: config.listen,
        metrics: config.metrics,
        public_url: Some(SiteUrl(config.public_url.clone())),
        contact: Contact(config.contact.clone()),
        fetch: config.fetch.clone(),
        poll: config.poll.clone(),
        export: config.export.clone(),
        snapshot: config.snapshot.clone(),
        feeds: config.feeds.clone(),
        privacy: config.privacy.clone(),
    }
}
