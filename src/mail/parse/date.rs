//! The Date header (RFC 5322 §3.3) as mailers write it: with the day first or the month first, two-digit years, dots for colons, the zone as a name
//! or left out, and the form of RFC 3339.
//!
//! Considered instead: `mail-parser`'s reader, which wants seconds and the zone and knows no month written out.

use jiff::civil::{Date, Time};

/// Words of one header that are looked at.
const MOST_WORDS: usize = 12;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Months as programs write them that ask the system for its own names: German, French, Spanish, Italian, Portuguese and Dutch. Where two
/// months share three letters, four are asked.
const MONTHS_ELSEWHERE: [(&str, i16); 24] = [
    ("gen", 1),
    ("ene", 1),
    ("fév", 2),
    ("fev", 2),
    ("mär", 3),
    ("mrt", 3),
    ("avr", 4),
    ("abr", 4),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("juin", 6),
    ("giu", 6),
    ("juil", 7),
    ("lug", 7),
    ("aoû", 8),
    ("ago", 8),
    ("set", 9),
    ("okt", 10),
    ("out", 10),
    ("ott", 10),
    ("dez", 12),
    ("dic", 12),
    ("déc", 12),
];

/// RFC 3339 with the offset that was written, UTC where none was; none if there is no such day or time.
pub fn read(value: &str) -> Option<String> {
    let (mut day, mut month, mut year, mut time, mut offset) = (None, None, None, None, None);
    let uncommented = value.split('(').next().unwrap_or_default();
    // `T` separates only in RFC 3339; elsewhere it stands in names of days and zones.
    let numeric = uncommented.trim_start().bytes().take_while(u8::is_ascii_digit).count() == 4;
    let words = if numeric { uncommented.replace('T', " ") } else { uncommented.to_owned() };
    for word in words.split([' ', '\t', ',']).filter(|word| !word.is_empty()).take(MOST_WORDS) {
        if time.is_none() && word.contains([':', '.']) && word.starts_with(|first: char| first.is_ascii_digit()) {
            let (clock, zone) = word.split_at(word.find(['+', '-', 'Z', 'z']).unwrap_or(word.len()));
            time = Some(clock_time(clock)?);
            offset = zone_offset(zone);
            continue;
        }
        if let Some((hour, _, _)) = &mut time
            && (1..=12).contains(hour)
            && ["AM", "PM"].iter().any(|half| half.eq_ignore_ascii_case(word))
        {
            *hour = *hour % 12 + if word.eq_ignore_ascii_case("PM") { 12 } else { 0 };
            continue;
        }
        if time.is_some() && offset.is_none() && !word.starts_with(|first: char| first.is_ascii_digit()) {
            offset = zone_offset(word);
            continue;
        }
        for piece in word.split(['-', '/']).filter(|piece| !piece.is_empty()) {
            match piece.parse::<i16>() {
                Ok(number) if piece.len() == 4 => year = Some(number),
                // 2026-03-05: the month is a number only after the year.
                Ok(number) if month.is_none() && year.is_some() && day.is_none() => month = Some(number),
                Ok(number) if day.is_none() => day = Some(number),
                // RFC 5322 §4.3: two digits below 50 are of this century, three count from 1900.
                Ok(number) if year.is_none() => year = Some(number + if number < 50 { 2000 } else { 1900 }),
                Ok(_) => {}
                Err(_) => {
                    // The last one: `mar.` is a Tuesday before it is a March in French, Spanish and Italian.
                    month = named_month(piece).or(month);
                }
            }
        }
    }
    let date = Date::new(year?, i8::try_from(month?).ok()?, i8::try_from(day?).ok()?).ok()?;
    let (hour, minute, second) = time.unwrap_or_default();
    // A leap second (RFC 5322 §3.3 allows 60) has no name in most clocks.
    let time = Time::new(hour, minute, second.min(59), 0).ok()?;
    let offset = offset.unwrap_or(0);
    let sign = if offset < 0 { '-' } else { '+' };
    let zone = if offset == 0 { "Z".to_owned() } else { format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60) };
    Some(format!("{date}T{:02}:{:02}:{:02}{zone}", time.hour(), time.minute(), time.second()))
}

fn named_month(word: &str) -> Option<i16> {
    let word = word.to_lowercase();
    let english = MONTHS.iter().position(|month| word.starts_with(month)).and_then(|place| i16::try_from(place + 1).ok());
    english.or_else(|| MONTHS_ELSEWHERE.iter().find(|(month, _)| word.starts_with(month)).map(|(_, number)| *number))
}

/// `10:00`, `10:00:00`, `10.00.00`, with fractions of a second left out.
fn clock_time(clock: &str) -> Option<(i8, i8, i8)> {
    let mut numbers = clock.split([':', '.']).map(|number| number.parse::<i8>().ok());
    let hour = numbers.next()??;
    let minute = numbers.next()??;
    let second = numbers.next().flatten().unwrap_or(0);
    ((0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second)).then_some((hour, minute, second))
}

/// Minutes east of Greenwich: `+0100`, `+01:00`, `GMT`, `GMT+0100` as JavaScript prints it, `EST` and its kin (RFC 5322 §4.3). Other names could mean
/// several zones.
fn zone_offset(zone: &str) -> Option<i32> {
    let named = |hours: i32| Some(hours * 60);
    let zone = zone.to_ascii_uppercase();
    match zone.as_str() {
        "" => return None,
        "UT" | "UTC" | "GMT" | "Z" => return named(0),
        "EDT" => return named(-4),
        "EST" | "CDT" => return named(-5),
        "CST" | "MDT" => return named(-6),
        "MST" | "PDT" => return named(-7),
        "PST" => return named(-8),
        // Not in the RFC, but of one meaning in mail.
        "WET" => return named(0),
        "WEST" | "CET" | "MET" => return named(1),
        "CEST" | "MEST" | "EET" => return named(2),
        "EEST" | "MSK" => return named(3),
        "JST" | "KST" => return named(9),
        _ => {}
    }
    let zone = zone.strip_prefix("GMT").or_else(|| zone.strip_prefix("UTC")).unwrap_or(&zone);
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    // `GMT+2` has one digit.
    let (hours, minutes) = digits.split_at_checked(digits.len().min(2))?;
    let (hours, minutes) = (hours.parse::<i32>().ok()?, if minutes.is_empty() { 0 } else { minutes.parse::<i32>().ok()? });
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    (hours < 24 && minutes < 60 && digits.len() <= 4).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_are_read_as_mailers_write_them() {
        let forms = [
            ("Thu, 05 Mar 2026 10:00:00 +0100", "2026-03-05T10:00:00+01:00"),
            ("Thu,5 Mar 2026 10:00:00 +0100 (CET)", "2026-03-05T10:00:00+01:00"),
            ("5 Mar 26 10:00 GMT", "2026-03-05T10:00:00Z"),
            ("Thu, 5 March 2026 10:00:00 EST", "2026-03-05T10:00:00-05:00"),
            ("Thu, 5 Mar 2026 10.00.00 -0330", "2026-03-05T10:00:00-03:30"),
            ("Thu, 5 Mar 2026 10:00:00 +01:00", "2026-03-05T10:00:00+01:00"),
            ("Thu, 5 Mar 2026 10:00:00", "2026-03-05T10:00:00Z"),
            ("Thu Mar  5 10:00:00 2026", "2026-03-05T10:00:00Z"),
            ("Thu Mar  5 10:00:00 EST 2026", "2026-03-05T10:00:00-05:00"),
            ("Thu Mar 05 2026 10:00:00 GMT+0100 (Central European Standard Time)", "2026-03-05T10:00:00+01:00"),
            ("Thu, 5 Mar 2026 12:00:00 AM UTC", "2026-03-05T00:00:00Z"),
            ("5 Mar 2026 1:05 pm -0500", "2026-03-05T13:05:00-05:00"),
            ("05-Mar-2026 10:00:60 +0100", "2026-03-05T10:00:59+01:00"),
            ("2026-03-05T10:00:00.123+01:00", "2026-03-05T10:00:00+01:00"),
            ("2026-03-05 10:00:00Z", "2026-03-05T10:00:00Z"),
            ("Thu, 5 Mar 2026 10:00:00 GMT+2", "2026-03-05T10:00:00+02:00"),
            ("Thu Mar  5 10:00:00 CET 2026", "2026-03-05T10:00:00+01:00"),
            ("Do, 5 Mär 2026 10:00:00 +0100", "2026-03-05T10:00:00+01:00"),
            ("mar., 14 juil. 2026 10:00:00 +0200", "2026-07-14T10:00:00+02:00"),
        ];
        for (written, meant) in forms {
            assert_eq!(read(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for written in ["", "yesterday", "30 Feb 2026 10:00:00 +0100", "5 Mar 2026 25:61 +0100", "10:00:00 +0100", "Thu, 5 2026 10:00"] {
            assert_eq!(read(written), None, "{written}");
        }
    }
}
