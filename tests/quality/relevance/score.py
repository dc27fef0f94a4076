"""Scores relevance predictions and prints tables, then one line `quality relevance: key=value ...`.

Figures are of genre `article`, with a bootstrapped 95 % interval: F1 at 0.5, average precision and the expected calibration error
over ten bins, for core (grade 2) and related (grade >= 1); average precision by language; the seeds with and without their junk; the
articles that were written for training, languages left out, and those beside this file, from which no weight is learned; how many
unlabelled articles would be kept; articles of 3 kB a second on one core.
"""
import argparse
import gzip
import json
import pathlib
import random
import subprocess
import sys

# Lines of the articles in the seeds: headline (none: no headline), first, last.
SEEDS = {"000": (1, 3, 11), "001": (2, 3, 46), "002": (5, 7, 29), "003": (1, 3, 43), "004": (None, 1, 5)}
TARGETS = {"core": ("score", 2), "related": ("related", 1)}
LANGUAGE_DOCUMENTS_MIN = 20


def f1(pairs):
    kept = sum(score >= 0.5 for _, score in pairs)
    true = sum(truth for truth, _ in pairs)
    return 2 * sum(truth and score >= 0.5 for truth, score in pairs) / max(1, kept + true)


def average_precision(pairs):
    hits, total = 0, 0.0
    for rank, (truth, _) in enumerate(sorted(pairs, key=lambda pair: -pair[1]), 1):
        if truth:
            hits += 1
            total += hits / rank
    return total / hits if hits else float("nan")


def calibration_error(pairs, bins=10):
    error = 0.0
    for number in range(bins):
        inside = [pair for pair in pairs if min(int(pair[1] * bins), bins - 1) == number]
        if inside:
            error += abs(sum(score for _, score in inside) - sum(truth for truth, _ in inside)) / len(pairs)
    return error


def interval(pairs, measure, rounds=300):
    draw = random.Random(1)
    values = sorted(measure(draw.choices(pairs, k=len(pairs))) for _ in range(rounds))
    return values[int(rounds * 0.025)], values[int(rounds * 0.975)]


def classify(args, documents, *flags):
    lines = "".join(json.dumps(document) + "\n" for document in documents)
    run = subprocess.run([args.program, "classify", "--topic", args.topic, "--jsonl", "-", *flags], input=lines.encode(),
                         capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.decode().splitlines()], run.stderr.decode()


def score_labelled(args, predictions, result):
    gold = [json.loads(line) for line in open(args.data / "dev.jsonl", encoding="utf-8")]
    articles = [row for row in gold if row.get("genre", "article") == "article"]
    print(f"{len(articles)} articles")
    for name, (field, grade) in TARGETS.items():
        pairs = [(row["grade"] >= grade, predictions[row["id"]][field]) for row in articles]
        for label, measure in (("f1", f1), ("ap", average_precision), ("calibration", calibration_error)):
            low, high = interval(pairs, measure)
            result[f"{name}_{label}"] = measure(pairs)
            print(f"  {name:8} {label:12} {measure(pairs):.3f}  [{low:.3f}, {high:.3f}]")
    worst = 1.0
    for language in sorted({row["language"] for row in articles}):
        pairs = [(row["grade"] >= 1, predictions[row["id"]]["related"]) for row in articles if row["language"] == language]
        if len(pairs) < LANGUAGE_DOCUMENTS_MIN or not any(truth for truth, _ in pairs):
            continue
        precision = average_precision(pairs)
        worst = min(worst, precision)
        print(f"  related  ap in {language}     {precision:.3f}  of {len(pairs)} articles, {sum(truth for truth, _ in pairs)} related")
    result["language_ap_min"] = worst


def score_written(args, predictions, result):
    """The topic's own articles, by weights that saw none in an article's language. Predictions on other data don't have them."""
    gold = [json.loads(line) for line in open(args.topic.replace(".yaml", ".written.jsonl"), encoding="utf-8")]
    if any(row["id"] not in predictions for row in gold):
        return
    for name, (field, grade) in TARGETS.items():
        precision = average_precision([(row["grade"] >= grade, predictions[row["id"]][field]) for row in gold])
        result[f"written_{name}_ap"] = precision
        print(f"  {name:8} ap of written {precision:.3f}  of {len(gold)} articles")


def score_unseen(args, result):
    """Articles of our own that no weights have seen, by the weights that ship."""
    gold = [json.loads(line) for line in open(pathlib.Path(__file__).parent / "unseen.jsonl", encoding="utf-8")]
    answers, _ = classify(args, gold)
    for name, (field, grade) in TARGETS.items():
        pairs = [(row["grade"] >= grade, answer[field]) for row, answer in zip(gold, answers)]
        for label, measure in (("f1", f1), ("ap", average_precision)):
            result[f"unseen_{name}_{label}"] = measure(pairs)
            print(f"  {name:8} {label} of unseen {measure(pairs):.3f}  of {len(gold)} articles")


def score_seeds(args, result):
    if not args.seeds.is_dir():
        print("  no seeds beside the data: left out")
        return
    documents = []
    for path in sorted(args.seeds.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").split("\n")
        headline, first, last = SEEDS[path.name[:3]]
        title = lines[headline - 1] if headline else ""
        documents.append({"id": path.name[:3] + " clean", "title": title, "text": "\n".join(lines[first - 1:last])})
        documents.append({"id": path.name[:3] + " with its junk", "title": title, "text": "\n".join(lines)})
    answers, _ = classify(args, documents)
    for answer in answers:
        print(f"  seed {answer['id']:20} {answer['score']:.3f}")
    result["seeds_min"] = min(answer["score"] for answer in answers)


def score_unlabelled(args, result):
    path = args.data / "unlabelled.jsonl.gz"
    if not path.is_file():
        print("  no unlabelled articles: left out")
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    answers, _ = classify(args, documents)
    titles = {document["id"]: document["title"] for document in documents}
    kept = [answer for answer in answers if answer["score"] >= 0.5]
    print(f"  {len(kept)} of {len(answers)} unlabelled articles would be kept as core")
    for answer in kept[:30]:
        print(f"    {answer['score']:.2f} {titles[answer['id']][:100]}")
    result["unlabelled_kept"] = len(kept)
    pieces = [{"id": document["id"], "title": document["title"], "language": document["language"],
               "text": document["text"].encode()[:3000].decode(errors="ignore")} for document in documents
              if len(document["text"].encode()) >= 3000]
    _, errors = classify(args, pieces, "--threads", "1", "--stats")
    stats = json.loads(errors.splitlines()[-1])
    result["articles_per_second"] = stats["documents"] / stats["cpu_seconds"]
    print(f"  {result['articles_per_second']:,.0f} articles of 3 kB a second on one core, evidence included")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("program", "topic", "data", "seeds", "predictions"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    args.data, args.seeds = pathlib.Path(args.data), pathlib.Path(args.seeds)
    result = {}
    with open(args.predictions, encoding="utf-8") as lines:
        predictions = {row["id"]: row for row in map(json.loads, lines)}
    score_labelled(args, predictions, result)
    score_written(args, predictions, result)
    score_unseen(args, result)
    score_seeds(args, result)
    score_unlabelled(args, result)
    print("quality relevance: " + " ".join(f"{key}={value:.3f}" if value < 10 else f"{key}={value:.0f}" for key, value in result.items()))


sys.exit(main())
