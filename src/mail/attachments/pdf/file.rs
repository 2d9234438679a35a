//! Where the objects of a PDF are: found by looking for them, in one pass over the file, later ones in place of earlier ones.

use super::filters;
use super::object::{Dictionary, Lexer, Object};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Objects (numbers, names, arrays…) that are kept of one file.
const MOST_OBJECTS: usize = 1_500_000;
/// Bytes that its streams may unpack to, all together and one alone.
const MOST_UNPACKED: usize = 40 << 20;
const LARGEST_STREAM: usize = 24 << 20;
/// One for each time a document was changed and saved at its end.
const MOST_TRAILERS: usize = 1_000;
/// References that lead to references.
const LONGEST_CHAIN: usize = 10;

pub enum Refused {
    Encrypted,
    NoObjects,
}

/// One page: its dictionary with what it inherits.
pub struct Page {
    pub dictionary: Dictionary,
    pub resources: Dictionary,
}

pub struct Document<'a> {
    bytes: &'a [u8],
    objects: HashMap<u32, Object>,
    /// Where the data of stream objects lies.
    streams: HashMap<u32, Range<usize>>,
    root: Option<u32>,
    most_unpacked: usize,
    unpacked: Cell<usize>,
    exhausted: Cell<bool>,
}

impl<'a> Document<'a> {
    /// Opens a document of which `allowance` bytes may be unpacked, or [`MOST_UNPACKED`] if that is less.
    ///
    /// # Errors
    ///
    /// [`Refused`]: the document is encrypted, or no object can be found in it.
    pub fn open(bytes: &'a [u8], allowance: usize) -> Result<Document<'a>, Refused> {
        let mut document = Document {
            bytes,
            objects: HashMap::new(),
            streams: HashMap::new(),
            root: None,
            most_unpacked: allowance.min(MOST_UNPACKED),
            unpacked: Cell::new(0),
            exhausted: Cell::new(false),
        };
        let encrypted = document.scan();
        if encrypted {
            return Err(Refused::Encrypted);
        }
        if document.objects.is_empty() { Err(Refused::NoObjects) } else { Ok(document) }
    }

    /// Looks for `trailer` and `N G obj`. `true`: encrypted.
    fn scan(&mut self) -> bool {
        let mut budget = MOST_OBJECTS;
        for place in memchr::memmem::find_iter(self.bytes, b"trailer").take(MOST_TRAILERS) {
            let mut lexer = Lexer::new(self.bytes, place + 7, budget);
            if let Some(Object::Dictionary(trailer)) = lexer.object()
                && self.take_trailer(&trailer)
            {
                return true;
            }
            budget = lexer.budget;
        }
        let mut at = 0;
        while let Some(found) = find(self.bytes, at, b"obj") {
            at = found + 3;
            if budget == 0 {
                self.exhausted.set(true);
                break;
            }
            let Some(number) = self.number_before(found) else { continue };
            let mut lexer = Lexer::new(self.bytes, found + 3, budget);
            let Some(object) = lexer.object() else { continue };
            budget = lexer.budget;
            at = lexer.at.max(at);
            lexer.skip_blanks();
            let stream = match &object {
                Object::Dictionary(dictionary) if lexer.rest().starts_with(b"stream") => {
                    let data = self.data(lexer.at + 6, dictionary);
                    at = data.end.max(at);
                    Some((dictionary.clone(), data))
                }
                _ => None,
            };
            self.objects.insert(number, object);
            let Some((dictionary, data)) = stream else {
                self.streams.remove(&number);
                continue;
            };
            self.streams.insert(number, data);
            match dictionary.name("Type") {
                Some(b"XRef") if self.take_trailer(&dictionary) => return true,
                Some(b"ObjStm") => budget = self.unpack_objects(number, &dictionary, budget),
                _ => {}
            }
        }
        false
    }

    /// What a trailer or cross-reference stream says. `true`: encrypted.
    fn take_trailer(&mut self, trailer: &Dictionary) -> bool {
        if let Some(Object::Reference(root)) = trailer.get("Root") {
            self.root = Some(*root);
        }
        trailer.get("Encrypt").is_some_and(|encrypt| *encrypt != Object::Null)
    }

    /// The object number of `N G` right before that place.
    fn number_before(&self, at: usize) -> Option<u32> {
        let before = self.bytes.get(at.saturating_sub(24)..at)?;
        let text: String = before.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect();
        let mut words = text.trim_end_matches(['\0', ' ', '\t', '\r', '\n']).rsplit(|character: char| !character.is_ascii_digit());
        let generation = words.next().filter(|word| !word.is_empty())?;
        let number = words.find(|word| !word.is_empty())?;
        (generation.len() <= 5).then(|| number.parse().ok()).flatten()
    }

    /// The data of a stream whose keyword ends there: as long as it says if `endstream` follows, else up to `endstream`.
    fn data(&self, keyword_end: usize, dictionary: &Dictionary) -> Range<usize> {
        let start = match self.bytes.get(keyword_end..) {
            Some([b'\r', b'\n', ..]) => keyword_end + 2,
            Some([b'\r' | b'\n', ..]) => keyword_end + 1,
            _ => keyword_end,
        };
        if let Some(length) = dictionary.get("Length").and_then(Object::index) {
            let end = start.saturating_add(length as usize);
            let mut lexer = Lexer::new(self.bytes, end, 0);
            lexer.skip_blanks();
            if end <= self.bytes.len() && lexer.rest().starts_with(b"endstream") {
                return start..end;
            }
        }
        let end = find(self.bytes, start, b"endstream").unwrap_or(self.bytes.len());
        start..end.max(start)
    }

    /// Takes the objects out of an object stream (§7.5.7); gives back what is left of the budget.
    fn unpack_objects(&mut self, stream: u32, dictionary: &Dictionary, budget: usize) -> usize {
        let Some(bytes) = self.stream(stream) else { return budget };
        let first = dictionary.get("First").and_then(Object::index).unwrap_or(0) as usize;
        let mut header = Lexer::new(&bytes, 0, budget);
        let mut places = Vec::new();
        while header.at < first {
            let (Some(number), Some(offset)) = (header.object(), header.object()) else { break };
            let (Some(number), Some(offset)) = (number.index(), offset.index()) else { break };
            places.push((number, first.saturating_add(offset as usize)));
        }
        let mut budget = header.budget;
        // Objects stand one after the other; whoever lets two places overlap does not get the same bytes read over and over.
        places.sort_by_key(|(_, place)| *place);
        let mut read_to = 0;
        for (number, place) in places {
            if place < read_to {
                continue;
            }
            let mut lexer = Lexer::new(&bytes, place, budget);
            if let Some(object) = lexer.object() {
                self.streams.remove(&number);
                self.objects.insert(number, object);
            }
            read_to = lexer.at;
            budget = lexer.budget;
        }
        budget
    }

    /// The bytes that were unpacked so far.
    pub fn unpacked(&self) -> usize {
        self.unpacked.get()
    }

    pub fn exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// The object itself, or the one a reference leads to.
    pub fn resolve<'b>(&'b self, mut object: &'b Object) -> &'b Object {
        for _ in 0..LONGEST_CHAIN {
            match object {
                Object::Reference(number) => object = self.objects.get(number).unwrap_or(&Object::Null),
                _ => return object,
            }
        }
        &Object::Null
    }

    pub fn get<'b>(&'b self, dictionary: &'b Dictionary, key: &str) -> &'b Object {
        dictionary.get(key).map_or(&Object::Null, |object| self.resolve(object))
    }

    pub fn dictionary<'b>(&'b self, dictionary: &'b Dictionary, key: &str) -> Option<&'b Dictionary> {
        match self.get(dictionary, key) {
            Object::Dictionary(found) => Some(found),
            _ => None,
        }
    }

    /// The unpacked data of a stream object; what is damaged, as far as it goes. None if there is no such stream, a filter is not for text, or
    /// the budget is spent.
    pub fn stream(&self, number: u32) -> Option<Vec<u8>> {
        let Some(Object::Dictionary(dictionary)) = self.objects.get(&number) else { return None };
        let data = self.bytes.get(self.streams.get(&number)?.clone())?;
        let left = self.most_unpacked.saturating_sub(self.unpacked.get());
        if left == 0 {
            self.exhausted.set(true);
            return None;
        }
        let (filters, parameters) = self.filters(dictionary);
        let unpacked = filters::decode(data, &filters, &parameters, left.min(LARGEST_STREAM))?;
        self.unpacked.set(self.unpacked.get() + unpacked.len().max(1024));
        Some(unpacked)
    }

    /// The data of what a key refers to.
    pub fn stream_of(&self, dictionary: &Dictionary, key: &str) -> Option<Vec<u8>> {
        match dictionary.get(key) {
            Some(Object::Reference(number)) => self.stream(*number),
            _ => None,
        }
    }

    fn filters(&self, dictionary: &Dictionary) -> (Vec<Vec<u8>>, Vec<Dictionary>) {
        let list = |key: &str, short: &str| match (self.get(dictionary, key), self.get(dictionary, short)) {
            (Object::Null, Object::Array(items)) | (Object::Array(items), _) => {
                items.iter().take(8).map(|item| self.resolve(item).clone()).collect()
            }
            (Object::Null, one) | (one, _) => vec![one.clone()],
        };
        let filters =
            list("Filter", "F").into_iter().filter_map(|filter| if let Object::Name(name) = filter { Some(name) } else { None }).collect();
        let parameters = list("DecodeParms", "DP")
            .into_iter()
            .map(|parameters| if let Object::Dictionary(parameters) = parameters { parameters } else { Dictionary::default() })
            .collect();
        (filters, parameters)
    }

    /// The pages in their order, by the page tree; all page objects by number if there is no tree.
    pub fn pages(&self) -> Vec<Page> {
        let root = self.root.and_then(|root| self.objects.get(&root));
        let root = match root {
            Some(Object::Dictionary(root)) => Some(root),
            _ => self.objects.values().find_map(|object| match object {
                Object::Dictionary(dictionary) if dictionary.name("Type") == Some(b"Catalog") => Some(dictionary),
                _ => None,
            }),
        };
        let mut pages = Vec::new();
        if let Some(Object::Reference(tree)) = root.and_then(|root| root.get("Pages")) {
            self.walk(*tree, &mut pages);
        }
        if pages.is_empty() {
            let mut loose: Vec<(&u32, &Dictionary)> = self
                .objects
                .iter()
                .filter_map(|(number, object)| match object {
                    Object::Dictionary(dictionary) if dictionary.name("Type") == Some(b"Page") => Some((number, dictionary)),
                    _ => None,
                })
                .collect();
            loose.sort_by_key(|(number, _)| **number);
            for (_, dictionary) in loose {
                let resources = self.dictionary(dictionary, "Resources").cloned().unwrap_or_default();
                pages.push(Page { dictionary: dictionary.clone(), resources });
            }
        }
        pages
    }

    /// §7.7.3: each node once, whatever refers to it.
    fn walk(&self, tree: u32, pages: &mut Vec<Page>) {
        let mut seen = HashSet::new();
        let mut open = vec![(tree, Dictionary::default())];
        while let Some((number, inherited)) = open.pop() {
            if !seen.insert(number) || pages.len() > super::MOST_PAGES {
                continue;
            }
            let Some(Object::Dictionary(node)) = self.objects.get(&number) else { continue };
            let resources = self.dictionary(node, "Resources").cloned().unwrap_or(inherited);
            match self.get(node, "Kids") {
                Object::Array(kids) => {
                    open.extend(
                        kids.iter()
                            .rev()
                            .filter_map(|kid| if let Object::Reference(kid) = kid { Some((*kid, resources.clone())) } else { None }),
                    );
                }
                _ => pages.push(Page { dictionary: node.clone(), resources }),
            }
        }
    }
}

fn find(bytes: &[u8], from: usize, word: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes.get(from..)?, word).map(|place| from + place)
}
