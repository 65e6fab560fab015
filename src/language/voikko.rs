//! Voikko by run-time loading: the one place with foreign code, bounded and optional.
//!
//! The functions and keys are those of `<libvoikko/voikko.h>` of libvoikko 4.

use std::ffi::{CStr, CString, c_char, c_int};
use std::path::Path;
use std::ptr;

use libloading::Library;
use thiserror::Error;

/// The file name under which every distribution installs the library.
const LIBRARY: &str = "libvoikko.so.1";
/// Language of the dictionary that is asked for.
const LANGUAGE: &CStr = c"fi";
/// Analyses of one word that are read; `libvoikko` itself stops at a similar number.
const ANALYSES: usize = 8;

/// Why Voikko cannot be used.
#[derive(Debug, Error)]
pub enum VoikkoError {
    /// The library is not installed, or is no such library.
    #[error("the library {name} cannot be loaded: {source}")]
    Library {
        /// File name or path.
        name: String,
        /// What the loader said.
        source: libloading::Error,
    },
    /// The library finds no dictionary.
    #[error("{0} has no Finnish dictionary: {1}")]
    Dictionary(String, String),
    /// The dictionary does not know a plain Finnish word.
    #[error("{0} does not know its own test word")]
    Useless(String),
}

/// One analysis of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Analysis {
    /// Dictionary form.
    pub(super) base: String,
    /// Where compounds join: `=` before each part, one letter for each letter of the word.
    pub(super) structure: String,
    /// Pieces with the words they come from: `+piece(word)`.
    pub(super) pieces: String,
}

type Init = unsafe extern "C" fn(*mut *const c_char, *const c_char, *const c_char) -> *mut Handle;
type Terminate = unsafe extern "C" fn(*mut Handle);
type Version = unsafe extern "C" fn() -> *const c_char;
type Analyse = unsafe extern "C" fn(*mut Handle, *const c_char) -> *mut *mut Morphology;
type Release = unsafe extern "C" fn(*mut *mut Morphology);
type Value = unsafe extern "C" fn(*const Morphology, *const c_char) -> *mut c_char;
type ReleaseValue = unsafe extern "C" fn(*mut c_char);

/// `struct VoikkoHandle`, never looked into.
#[repr(C)]
struct Handle {
    _opaque: c_int,
}

/// `struct voikko_mor_analysis`, never looked into.
#[repr(C)]
struct Morphology {
    _opaque: c_int,
}

/// An open dictionary. Not thread safe, therefore not `Sync`: whoever shares it puts a lock around it.
pub(super) struct Voikko {
    handle: *mut Handle,
    version: String,
    terminate: Terminate,
    analyse: Analyse,
    release: Release,
    value: Value,
    release_value: ReleaseValue,
    /// Keeps the code behind the pointers above in memory; dropped after everything else.
    _library: Library,
}

#[expect(
    unsafe_code,
    reason = "a handle of libvoikko holds no thread-local state: it may move, it may not be shared"
)]
// SAFETY: see the reason above; `Voikko` is not `Sync`, so no two threads call it at a time.
unsafe impl Send for Voikko {}

impl std::fmt::Debug for Voikko {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voikko")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Voikko {
    /// Loads the library, from `path` where one is given, and opens the Finnish dictionary.
    ///
    /// `probe` is an inflected word and its base form: a dictionary that does not know them is of no use.
    pub(super) fn open(path: Option<&Path>, probe: (&str, &str)) -> Result<Self, VoikkoError> {
        let name = path.map_or_else(|| LIBRARY.to_owned(), |path| path.display().to_string());
        let voikko = load(&name)?;
        let (word, base) = probe;
        let knows = voikko.analyse(word).iter().any(|found| found.base == base);
        knows.then_some(voikko).ok_or(VoikkoError::Useless(name))
    }

    /// Version of the library.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Every analysis of a word, none where the dictionary does not know it.
    #[expect(unsafe_code, reason = "calls into libvoikko")]
    pub(super) fn analyse(&self, word: &str) -> Vec<Analysis> {
        // A word with a NUL is no word.
        let Ok(word) = CString::new(word) else {
            return Vec::new();
        };
        // SAFETY: the handle is open until drop and the word ends in NUL; the library returns NULL or
        // an array that ends in NULL, which stays valid until it is released below, once.
        unsafe {
            let list = (self.analyse)(self.handle, word.as_ptr());
            if list.is_null() {
                return Vec::new();
            }
            let mut found = Vec::new();
            for at in 0..ANALYSES {
                let one = *list.add(at);
                if one.is_null() {
                    break;
                }
                if let Some(base) = self.value_of(one, c"BASEFORM") {
                    found.push(Analysis {
                        base,
                        structure: self.value_of(one, c"STRUCTURE").unwrap_or_default(),
                        pieces: self.value_of(one, c"WORDBASES").unwrap_or_default(),
                    });
                }
            }
            (self.release)(list);
            found
        }
    }

    /// A value of an analysis, copied.
    #[expect(unsafe_code, reason = "calls into libvoikko")]
    unsafe fn value_of(&self, one: *const Morphology, key: &CStr) -> Option<String> {
        // SAFETY: `one` is a live analysis (the caller's promise); the value is NULL or a C string of
        // our own, released once.
        unsafe {
            let value = (self.value)(one, key.as_ptr());
            if value.is_null() {
                return None;
            }
            let copy = CStr::from_ptr(value).to_string_lossy().into_owned();
            (self.release_value)(value);
            Some(copy)
        }
    }
}

impl Drop for Voikko {
    #[expect(unsafe_code, reason = "calls into libvoikko")]
    fn drop(&mut self) {
        // SAFETY: the handle was opened by `load` and is closed only here.
        unsafe { (self.terminate)(self.handle) }
    }
}

#[expect(unsafe_code, reason = "loads libvoikko and calls into it")]
fn load(name: &str) -> Result<Voikko, VoikkoError> {
    let fault = |source| VoikkoError::Library {
        name: name.to_owned(),
        source,
    };
    // SAFETY: the signatures are those of voikko.h; that the file is libvoikko is the operator's word
    // (the loader's search path or the configured path), as with every shared library.
    unsafe {
        let library = Library::new(name).map_err(fault)?;
        let init: Init = *library.get(b"voikkoInit\0").map_err(fault)?;
        let version: Version = *library.get(b"voikkoGetVersion\0").map_err(fault)?;
        let terminate: Terminate = *library.get(b"voikkoTerminate\0").map_err(fault)?;
        let analyse: Analyse = *library.get(b"voikkoAnalyzeWordCstr\0").map_err(fault)?;
        let release: Release = *library.get(b"voikko_free_mor_analysis\0").map_err(fault)?;
        let value: Value = *library
            .get(b"voikko_mor_analysis_value_cstr\0")
            .map_err(fault)?;
        let release_value: ReleaseValue = *library
            .get(b"voikko_free_mor_analysis_value_cstr\0")
            .map_err(fault)?;
        let mut why: *const c_char = ptr::null();
        let handle = init(&raw mut why, LANGUAGE.as_ptr(), ptr::null());
        if handle.is_null() {
            return Err(VoikkoError::Dictionary(name.to_owned(), text_of(why)));
        }
        Ok(Voikko {
            handle,
            version: text_of(version()),
            terminate,
            analyse,
            release,
            value,
            release_value,
            _library: library,
        })
    }
}

/// A C string that the library keeps; empty for NULL.
#[expect(unsafe_code, reason = "reads a string of libvoikko")]
unsafe fn text_of(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: not NULL, and the library promises a static C string.
    unsafe { CStr::from_ptr(pointer) }
        .to_string_lossy()
        .into_owned()
}
