//! The templates that come with the program, compiled in so that one binary is a whole installation.

macro_rules! built_in {
    ($($path:literal),+ $(,)?) => {
        /// Path and text of each.
        pub const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../templates/", $path)))),+];
    };
}

built_in! {
    "layout.html",
    "shared/digest-subject.txt",
    "shared/digest.txt",
    "shared/digest.html",
    "en/language.toml",
    "en/parts/head.txt",
    "en/parts/head.html",
    "en/parts/recommendations.txt",
    "en/parts/recommendations.html",
    "en/parts/answer.txt",
    "en/parts/answer.html",
    "en/parts/signature.txt",
    "en/parts/signature.html",
    "en/parts/staff.txt",
    "en/digest/subject.txt",
    "en/digest/body.txt",
    "en/digest/body.html",
    "en/alarm/subject.txt",
    "en/alarm/body.txt",
    "en/alarm/body.html",
    "en/request/subject.txt",
    "en/request/body.txt",
    "en/request/body.html",
    "en/reminder/subject.txt",
    "en/reminder/body.txt",
    "en/reminder/body.html",
    "en/escalation/subject.txt",
    "en/escalation/body.txt",
    "en/escalation/body.html",
    "en/acknowledgement/subject.txt",
    "en/acknowledgement/body.txt",
    "en/acknowledgement/body.html",
    "en/examination/subject.txt",
    "en/examination/body.txt",
    "en/examination/body.html",
    "fr/language.toml",
    "fr/parts/head.txt",
    "fr/parts/head.html",
    "fr/parts/recommendations.txt",
    "fr/parts/recommendations.html",
    "fr/parts/answer.txt",
    "fr/parts/answer.html",
    "fr/parts/signature.txt",
    "fr/parts/signature.html",
    "fr/parts/staff.txt",
    "fr/digest/subject.txt",
    "fr/digest/body.txt",
    "fr/digest/body.html",
    "fr/alarm/subject.txt",
    "fr/alarm/body.txt",
    "fr/alarm/body.html",
    "fr/request/subject.txt",
    "fr/request/body.txt",
    "fr/request/body.html",
    "fr/reminder/subject.txt",
    "fr/reminder/body.txt",
    "fr/reminder/body.html",
    "fr/escalation/subject.txt",
    "fr/escalation/body.txt",
    "fr/escalation/body.html",
    "fr/acknowledgement/subject.txt",
    "fr/acknowledgement/body.txt",
    "fr/acknowledgement/body.html",
    "fr/examination/subject.txt",
    "fr/examination/body.txt",
    "fr/examination/body.html",
}

#[cfg(test)]
mod tests {
    use super::FILES;
    use std::path::Path;

    fn collect(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }

    #[test]
    fn every_template_in_the_folder_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found = Vec::new();
        collect(&root, &root, &mut found);
        let mut built_in: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        found.sort();
        built_in.sort();
        assert_eq!(built_in, found);
    }
}
