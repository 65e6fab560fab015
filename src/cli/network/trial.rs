//! `seutu network test`: what the rules say of a saved page, of what `seutu read` printed, or of plain text.

use anyhow::Context as _;
use serde::Serialize;
use url::Url;

use super::super::read::{Input, input, page, platform_word, unreadable};
use super::super::table::printable;
use super::{Exit, Global, networks, opening, passage, reason, say, say_json};
use crate::config::Config;
use crate::daemon::recognition::{Listed, text_of};
use crate::fetch::charset;
use crate::model::minutes::Reading;
use crate::model::network::{
    Explanation, Field, Network, RecognisedText, Silence, SilentRule, Verdict,
};
use crate::model::source::PlatformKind;
use crate::recognise::Matcher;

/// Options of `network test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A saved page, JSON from `seutu read`, plain text with the title in its first line, or - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Only this network, by slug [default: every one]
    #[arg(long, value_name = "SLUG")]
    network: Option<String>,
    /// Whose item it is [default: told from --url, else a member's]
    #[arg(long, value_name = "NAME")]
    municipality: Option<String>,
    /// Which body handles it [default: what the page says]
    #[arg(long, value_name = "NAME")]
    body: Option<String>,
    /// Which platform's page it is [default: told from the address, else dynasty]
    #[arg(long, value_parser = platform_word)]
    platform: Option<PlatformKind>,
    /// The address that a saved page came from
    #[arg(long)]
    url: Option<Url>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An explanation, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Told {
    /// Whose item it is taken for; none when nobody said, so that it is judged as a member's.
    municipality: Option<String>,
    #[serde(flatten)]
    explanation: Explanation,
    /// Why the verdict is no better; none where it is `in`.
    refused: Option<String>,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let asked = networks(&config, args.network.as_deref())?;
    let input = input(&config, &args.file, args.url.clone())?;
    let told = args.municipality.clone();
    let municipality = told.or_else(|| publisher(&config, input.url.as_ref()));
    let mut text = text(args, &input)?;
    if let Some(body) = &args.body {
        text.fields.retain(|(field, _)| *field != Field::Body);
        text.fields.push((Field::Body, body.clone()));
    }
    let told: Vec<_> = asked
        .into_iter()
        .flat_map(|network| tried(network, municipality.as_deref(), &text))
        .collect();
    if args.json {
        say_json(&told)?;
    } else {
        let texts: Vec<_> = told.iter().map(lines).collect();
        say(&printable(&texts.join("\n")))?;
    }
    Ok(Exit::Done)
}

/// The municipality whose portal an address belongs to.
fn publisher(config: &Config, url: Option<&Url>) -> Option<String> {
    let host = url?.host_str()?;
    let mut sources = config.sources.iter();
    let source = sources.find(|source| source.url.host_str() == Some(host))?;
    Some(source.municipality.clone())
}

fn tried(network: &Network, municipality: Option<&str>, text: &RecognisedText) -> Vec<Told> {
    let a_member = network.members.first().map(String::as_str);
    let item = RecognisedText {
        municipality: municipality.or(a_member).unwrap_or_default().to_owned(),
        ..text.clone()
    };
    let matcher = Matcher::new(std::slice::from_ref(network));
    let explained = matcher.explain(&item).into_iter();
    explained
        .map(|explanation| Told {
            municipality: municipality.map(str::to_owned),
            refused: refused(&explanation),
            explanation,
        })
        .collect()
}

/// The texts of what was given.
fn text(args: &Args, input: &Input) -> anyhow::Result<RecognisedText> {
    let name = &args.file;
    if let Some(what) = unreadable(&input.bytes) {
        anyhow::bail!("{name} {what}");
    }
    let decoded = charset::decode(&input.bytes, input.content_type.as_deref());
    let text = decoded.text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        let reading = serde_json::from_str(text).with_context(|| {
            format!("{name} is JSON, but not what `seutu read` prints of an item's page")
        })?;
        return Ok(of_reading(&reading));
    }
    if text.starts_with('<') {
        let reading = page(args.platform, input)?
            .with_context(|| format!("cannot read {name} as an item's page"))?;
        return Ok(of_reading(&reading));
    }
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let fields = [(Field::Title, title), (Field::Background, rest)];
    let fields = fields.map(|(field, text)| (field, text.trim().to_owned()));
    Ok(RecognisedText {
        fields: fields
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect(),
        ..RecognisedText::default()
    })
}

fn of_reading(reading: &Reading) -> RecognisedText {
    let nothing = Listed {
        municipality: "",
        title: "",
        body: None,
    };
    text_of(nothing, Some(&reading.item), &reading.handlings)
}

/// Why the verdict is no better than it is.
fn refused(told: &Explanation) -> Option<String> {
    let found = &told.recognition;
    let against: f64 = found.evidence.iter().map(|e| e.weight.min(0.0)).sum();
    let without = found.score - against;
    let (verdict, needed) = match found.verdict {
        Verdict::In => return None,
        Verdict::Maybe if found.score >= told.accept => {
            return Some("not `in`: the municipality is no member of the network".to_owned());
        }
        Verdict::Maybe => ("in", told.accept),
        Verdict::Out => ("maybe", told.doubt),
    };
    let short = needed - found.score;
    let but_for = if against < 0.0 && without >= needed {
        format!("; without what speaks against ({against}) it would be {without}")
    } else {
        String::new()
    };
    Some(format!(
        "not `{verdict}`: {short} short of {needed}{but_for}"
    ))
}

fn lines(told: &Told) -> String {
    let Explanation {
        recognition: found,
        accept,
        doubt,
        is_member,
        silent,
        found_nothing,
    } = &told.explanation;
    let whose = match (&told.municipality, is_member) {
        (None, _) => "nobody said whose item it is: judged as a member's".to_owned(),
        (Some(name), true) => format!("{name} is a member"),
        (Some(name), false) => format!("{name} is no member: `maybe` at most"),
    };
    let (network, verdict, score) = (&found.network, found.verdict.word(), found.score);
    let mut out = vec![
        format!("{network}: {verdict}, score {score} (`in` from {accept}, `maybe` from {doubt})"),
        format!("  {}", found.explanation),
        format!("  {whose}"),
    ];
    out.extend(told.refused.iter().map(|refused| format!("  {refused}")));
    out.push("  counted:".to_owned());
    out.extend(found.evidence.iter().map(reason));
    if !silent.is_empty() {
        out.push("  found, but not counted:".to_owned());
        out.extend(silent.iter().map(silence));
    }
    out.push(format!(
        "  rules that found none of their words: {found_nothing}"
    ));
    out.join("\n") + "\n"
}

fn silence(silent: &SilentRule) -> String {
    let cause = match &silent.silence {
        Silence::Unless { words } => format!("\"{words}\" stands there too"),
        Silence::Near {
            group,
            within,
            nearest,
        } => {
            let nearest = nearest.map_or("there is none".to_owned(), |words| {
                format!("the nearest is {words} words away")
            });
            format!(
                "none of {} within {within} words: {nearest}",
                group.join(", ")
            )
        }
        Silence::Needs { rules } => {
            format!("none of these rules counts: {}", rules.join(", "))
        }
    };
    let found = passage(silent.weight, silent.field, &silent.rule, &silent.quote);
    format!("{found}\n             {cause}")
}
