"""Run the installed wheel's command line in a folder that is no checkout: what a user gets from `pip install`."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

COMMAND = Path(sysconfig.get_path("scripts")) / "healthnews"
PAGES = {
    "a.txt": "医保账户的钱会清零吗\n\n职工医保个人账户的余额年底不会清零,可以结转到下一年继续使用。\n",
    "b.txt": "账户余额到年底怎么办\n\n职工医保个人账户的余额到了年底一律清零,不能结转到下一年。\n",
}


def run(*arguments: str, expected: int = 0) -> str:
    """Run a command; its output is returned."""
    done = subprocess.run([str(COMMAND), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != expected:
        sys.exit(f"healthnews {' '.join(arguments)}: exit code {done.returncode}, expected {expected}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Ingest two pages that disagree, and look at everything that comes out."""
    installed = {path.name for path in Path(sysconfig.get_path("purelib")).iterdir()}
    strangers = installed & {"flows", "parsers", "samples", "tests", "benchmarks", "data", "docs"}
    if strangers:
        sys.exit(f"the wheel puts {sorted(strangers)} into site-packages; it may put only healthnews there")
    import healthnews

    if Path(__file__).parents[1] in Path(healthnews.__file__).parents:
        sys.exit("this tries the checkout, not the wheel")
    Path("pages").mkdir()
    for name, text in PAGES.items():
        Path("pages", name).write_text(text, encoding="utf-8")
    run("ingest", "pages")
    found = [json.loads(line) for line in run("contradictions", "--json").splitlines()]
    if not found:
        sys.exit("no contradiction found between two pages that contradict each other")
    again = json.loads(run("ingest", "pages", "--json"))
    if again["new_release"]:
        sys.exit("a second ingest of the same pages made a new release")
    run("ingest", "nowhere.txt", expected=2)
    if len(healthnews.load("articles")) != len(PAGES):
        sys.exit("healthnews.load does not give the articles back")
    shown = json.loads(run("demo", "--data", "demo", "--json"))
    if not shown["new"] or shown["articles"] < 40 or not shown["contradictions"]:
        sys.exit(f"the demo found too little: {shown['articles']} articles, {len(shown['contradictions'])} contradictions")
    if json.loads(run("demo", "--data", "demo", "--json"))["new"]:
        sys.exit("a second demo found something new on an unchanged site")
    print(f"wheel: {len(found)} contradiction found outside the checkout, second run unchanged; demo in {shown['seconds']} s")


if __name__ == "__main__":
    main()
