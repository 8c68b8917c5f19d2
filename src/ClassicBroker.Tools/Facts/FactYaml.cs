using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClassicBroker.Tools.Facts;

/// <summary>
/// A document as YAML 1.2 in blocks; lists of plain values stand on one line. Whatever a reader could take for something else than text is
/// quoted as JSON quotes it, which YAML reads alike. Stateless.
/// </summary>
internal static class FactYaml
{
    private const int Indent = 2;

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    };

    public static string Format(JsonElement document)
    {
        var text = new StringBuilder();
        WriteFields(text, document, 0);
        return text.ToString();
    }

    private static void WriteFields(StringBuilder text, JsonElement fields, int depth)
    {
        foreach (var field in fields.EnumerateObject())
        {
            // The first field of an entry of a list stands behind the entry's dash.
            if (text.Length == 0 || text[^1] == '\n')
            {
                text.Append(' ', depth);
            }

            text.Append(Text(field.Name)).Append(':');
            WriteValue(text, field.Value, depth);
        }
    }

    private static void WriteValue(StringBuilder text, JsonElement value, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.EnumerateObject().Any():
                text.Append('\n');
                WriteFields(text, value, depth + Indent);
                break;
            case JsonValueKind.Array when value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object):
                text.Append('\n');
                foreach (var item in value.EnumerateArray())
                {
                    text.Append(' ', depth + Indent).Append("- ");
                    WriteFields(text, item, depth + 2 * Indent);
                }

                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static string Scalar(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "{}",
            JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Scalar))}]",
            JsonValueKind.String => Text(value.GetString()!),
            _ => value.GetRawText(),
        };

    private static string Text(string text) =>
        IsPlain(text) ? text : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] == '_')
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/')
        && !Reserved.Contains(text);
}
