"""Writes LightGBM models as C++ arrays (for the program) and as flat files (for the evaluation of folds)."""
import struct


def flatten(booster):
    """Returns (nodes, roots): nodes are (feature, left, value), children beside each other, breadth first."""
    nodes, roots = [], []
    for tree in booster.dump_model()["tree_info"]:
        base = len(nodes)
        roots.append(base)
        queue, count = [tree["tree_structure"]], 1
        for node in queue:
            if "leaf_value" in node:
                nodes.append((0, 0, node["leaf_value"]))
                continue
            assert node["decision_type"] == "<="
            nodes.append((node["split_feature"], count, node["threshold"]))
            queue += [node["left_child"], node["right_child"]]
            count += 2
    return nodes, roots


def write_cpp(path, name, booster):
    nodes, roots = flatten(booster)
    with open(path, "w", encoding="ascii") as f:
        f.write("// Written by script/train deboilerplate.\n")
        f.write(f"constexpr uint32_t k{name}Columns = {booster.num_feature()};\n")
        f.write(f"constexpr uint32_t k{name}Roots[] = {{\n")
        _lines(f, [str(r) for r in roots])
        f.write(f"}};\nconstexpr TreeNode k{name}Nodes[] = {{\n")
        _lines(f, ["{%d,%d,%s}" % (a, b, _float(v)) for a, b, v in nodes])
        f.write("};\n")


def _float(value):
    text = "%.6g" % value
    return text + ("F" if "." in text or "e" in text else ".F")


def _lines(f, items):
    line = ""
    for item in items:
        if len(line) + len(item) > 126:
            f.write(line + "\n")
            line = ""
        line += item + ","
    f.write(line + "\n")


def write_flat(f, booster):
    """Little endian: columns, trees, nodes; roots; (feature, left, value) each. None: no trees, a model that says nothing."""
    nodes, roots = flatten(booster) if booster else ([], [])
    f.write(struct.pack("<III", booster.num_feature() if booster else 0, len(roots), len(nodes)))
    f.write(struct.pack(f"<{len(roots)}I", *roots))
    for a, b, v in nodes:
        f.write(struct.pack("<HHf", a, b, float("%.6g" % v)))
