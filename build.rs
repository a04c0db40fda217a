//! Builds the frontend into `frontend/dist`, which is then embedded, when its sources have
//! changed. `SKIP_FRONTEND=1` takes a `frontend/dist` that is there already.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// Smaller files are not worth the work.
const COMPRESSED_FROM: u64 = 1024;

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("frontend");
    println!("cargo:rerun-if-env-changed=SKIP_FRONTEND");
    for source in ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts"] {
        println!("cargo:rerun-if-changed={}", root.join(source).display());
    }
    let dist = root.join("dist");
    if env::var_os("SKIP_FRONTEND").is_some() {
        if !dist.join("index.html").is_file() {
            fail(
                "SKIP_FRONTEND is set, but frontend/dist is not built: run `npm run build` in frontend, or unset it",
            );
        }
        println!("cargo:rerun-if-changed={}", dist.display());
        return compress(&dist);
    }
    run(&root, "node", &["--version"]);
    let lock = root.join("package-lock.json");
    let installed = root.join("node_modules/.package-lock.json");
    if changed(&lock) > changed(&installed) {
        run(&root, "npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    }
    run(&root, "npm", &["run", "build", "--silent"]);
    compress(&dist);
}

fn changed(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn fail(text: &str) -> ! {
    println!("cargo:warning={text}");
    std::process::exit(1);
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let shown = format!("{program} {}", arguments.join(" "));
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Err(error) => fail(&format!(
            "`{shown}` can't be run ({error}): the browser's pages are built with Node.js 20.19 or newer and its npm; install them (https://nodejs.org; Debian 13: apt install nodejs npm), or set SKIP_FRONTEND=1 with a ready frontend/dist"
        )),
        Ok(output) if !output.status.success() => {
            let text = [output.stdout, output.stderr].concat();
            for line in String::from_utf8_lossy(&text).lines() {
                println!("cargo:warning={line}");
            }
            fail(&format!("`{shown}` failed in frontend/"));
        }
        Ok(_) => {}
    }
}

/// Each file once more in brotli and gzip, so that serving costs nothing.
fn compress(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            compress(&path);
            continue;
        }
        let texts = ["html", "js", "css", "svg", "json", "txt"];
        let text = path.extension().is_some_and(|end| texts.iter().any(|text| end == *text));
        let Ok(bytes) = fs::read(&path) else { continue };
        let done = changed(Path::new(&format!("{}.gz", path.display()))) >= changed(&path);
        if !text || done || (bytes.len() as u64) < COMPRESSED_FROM {
            continue;
        }
        let mut brotli = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
        let done = brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &parameters);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let zipped = gzip.write_all(&bytes).and_then(|()| gzip.finish());
        match (done, zipped) {
            (Ok(_), Ok(gzip)) => {
                write(&path, "br", &brotli);
                write(&path, "gz", &gzip);
            }
            _ => fail(&format!("{} can't be compressed", path.display())),
        }
    }
}

fn write(path: &Path, ending: &str, bytes: &[u8]) {
    let path = format!("{}.{ending}", path.display());
    if let Err(error) = fs::write(&path, bytes) {
        fail(&format!("{path} can't be written: {error}"));
    }
}
