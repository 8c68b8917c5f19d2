using System.Text;
using System.Text.Json;

namespace ClassicBroker.Tools.Facts;

/// <summary>
/// A document as tables: one for each list, and one for each list within its entries, whose rows begin with the first field of the entry
/// they belong to. Values that stand alone share a table. Stateless.
/// </summary>
internal static class FactTables
{
    private const string Missing = "-";

    public static string Format(JsonElement document)
    {
        var tables = new List<FactTable>();
        var alone = new FactTable("", []);
        foreach (var section in document.EnumerateObject())
        {
            if (section.Value.ValueKind == JsonValueKind.Array)
            {
                AddList(tables, section.Name, section.Value, []);
            }
            else if (section.Name != "error" || section.Value.ValueKind != JsonValueKind.Null)
            {
                alone.Add([(section.Name, Cell(section.Value))]);
            }
        }

        if (alone.HasRows)
        {
            tables.Add(alone.Joined());
        }

        return Print(tables);
    }

    private static void AddList(
        List<FactTable> tables, string name, JsonElement entries, IReadOnlyList<(string Column, string Cell)> owner)
    {
        var table = tables.Find(other => other.Name == name);
        if (table is null)
        {
            tables.Add(table = new FactTable(name, owner.Select(cell => cell.Column)));
        }

        foreach (var entry in entries.EnumerateArray())
        {
            List<(string Column, string Cell)> row = [.. owner];
            List<JsonProperty> lists = [];
            foreach (var field in entry.EnumerateObject())
            {
                if (IsListOfEntries(field.Value))
                {
                    lists.Add(field);
                }
                else
                {
                    row.Add((field.Name, Cell(field.Value)));
                }
            }

            table.Add(row);
            foreach (var list in lists)
            {
                AddList(tables, list.Name, list.Value, row.Take(owner.Count + 1).ToArray());
            }
        }
    }

    private static bool IsListOfEntries(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object;

    private static string Cell(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => Missing,
            JsonValueKind.String => OneLine(value.GetString()!),
            JsonValueKind.Array when value.GetArrayLength() == 0 => Missing,
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(Cell)),
            JsonValueKind.Object when !value.EnumerateObject().Any() => Missing,
            JsonValueKind.Object => string.Join(',', value.EnumerateObject().Select(field => $"{field.Name}={Cell(field.Value)}")),
            _ => value.GetRawText(),
        };

    /// <summary>Control characters would break the lines of a table, and a terminal.</summary>
    private static string OneLine(string text)
    {
        if (text.Length == 0)
        {
            return "\"\"";
        }

        var line = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            line.Append(char.IsControl(letter) ? $"\\u{(int)letter:x4}" : letter);
        }

        return line.ToString();
    }

    private static string Print(List<FactTable> tables)
    {
        var shown = tables.Where(table => table.HasRows).ToArray();
        var text = new StringBuilder();
        foreach (var table in shown)
        {
            if (text.Length > 0)
            {
                text.Append('\n');
            }

            table.Print(text, isTitled: shown.Length > 1 && table.Name.Length > 0);
        }

        return text.ToString();
    }
}
