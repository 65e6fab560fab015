//! The words of Finnish and Swedish minutes by meaning, loaded from `config/vocabulary.toml`.
