//! Which page a request asks for: its language, its path behind the language, and the way back to the root.

use super::language::PageLanguage;

/// An address of a page, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The language its path begins with.
    pub language: PageLanguage,
    /// The path behind the language, as it came: `networks/sivistys`, empty for the front page.
    pub path: String,
    /// What stands behind the question mark, as it came.
    pub query: String,
    /// Folders between the root of the server and this address.
    depth: usize,
}

impl Asked {
    /// Takes an address apart.
    pub fn of(path: &str, query: Option<&str>) -> Self {
        let inner = path.strip_prefix('/').unwrap_or(path);
        let found = PageLanguage::ALL
            .into_iter()
            .filter(|language| !language.prefix().is_empty())
            .find_map(|language| Some((language, inner.strip_prefix(language.prefix())?)));
        let (language, rest) = found.unwrap_or((PageLanguage::Finnish, inner));
        Self {
            language,
            path: rest.to_owned(),
            query: query.unwrap_or_default().to_owned(),
            depth: inner.matches('/').count(),
        }
    }

    /// The way from this address to the root of the server, so that pages work behind any prefix:
    /// `./`, `../`, `../../`.
    pub fn root(&self) -> String {
        match self.depth {
            0 => "./".to_owned(),
            depth => "../".repeat(depth),
        }
    }

    /// The way to the front page of the same language.
    pub fn home(&self) -> String {
        self.in_language(self.language)
    }

    /// The way to the front page of a language.
    pub fn in_language(&self, language: PageLanguage) -> String {
        self.root() + language.prefix()
    }

    /// What tells this document from all others.
    pub fn key(&self) -> String {
        format!("{}{}?{}", self.language.prefix(), self.path, self.query)
    }

    /// Whether people look at this address, so that even an error there is a page. What programs read is
    /// below these folders, or is a file.
    pub fn is_for_people(&self) -> bool {
        let first = self.path.split('/').next().unwrap_or_default();
        !first.contains('.') && !["api", "feeds", "healthz", "readyz", "metrics"].contains(&first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let [fi, sv, en] = PageLanguage::ALL;
        for (path, language, rest, root, home) in [
            ("/", fi, "", "./", "./"),
            ("/search", fi, "search", "./", "./"),
            ("/networks/a", fi, "networks/a", "../", "../"),
            ("/sv/", sv, "", "../", "../sv/"),
            (
                "/en/items/a/1-2",
                en,
                "items/a/1-2",
                "../../../",
                "../../../en/",
            ),
            ("/svenska", fi, "svenska", "./", "./"),
            ("/sv", fi, "sv", "./", "./"),
        ] {
            let asked = Asked::of(path, None);
            assert_eq!(
                (
                    asked.language,
                    asked.path.as_str(),
                    asked.root().as_str(),
                    asked.home().as_str()
                ),
                (language, rest, root, home),
                "{path}"
            );
        }
        assert_eq!(Asked::of("/en/search", Some("q=a")).key(), "en/search?q=a");
    }

    #[test]
    fn people_and_programs_have_their_own_addresses() {
        for path in ["/", "/sv/", "/nowhere", "/items/a/1.2", "/en/search"] {
            assert!(Asked::of(path, None).is_for_people(), "{path}");
        }
        for path in [
            "/api/items",
            "/feeds/x.atom",
            "/archive.db",
            "/..%2f",
            "/healthz",
            "/style.css",
        ] {
            assert!(!Asked::of(path, None).is_for_people(), "{path}");
        }
    }
}
