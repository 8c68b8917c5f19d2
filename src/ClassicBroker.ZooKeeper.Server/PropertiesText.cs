using System.Globalization;
using System.Text;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>
/// Java's properties format: <c>key=value</c> or <c>key: value</c>, comments after # or !, lines continued by a backslash, escapes.
/// </summary>
internal static class PropertiesText
{
    public static SortedDictionary<string, string> Parse(string text)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in LogicalLines(text))
        {
            var end = KeyEnd(line);
            var value = line[end..].TrimStart();
            if (value.Length > 0 && value[0] is '=' or ':')
            {
                value = value[1..].TrimStart();
            }

            properties[Unescape(line[..end])] = Unescape(value);
        }

        return properties;
    }

    private static IEnumerable<string> LogicalLines(string text)
    {
        var open = new StringBuilder();
        foreach (var raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var line = raw.TrimStart();
            if (open.Length == 0 && (line.Length == 0 || line[0] is '#' or '!'))
            {
                continue;
            }

            if (EndsOpen(line))
            {
                open.Append(line, 0, line.Length - 1);
                continue;
            }

            yield return open.Append(line).ToString().TrimEnd();
            open.Clear();
        }

        if (open.Length > 0)
        {
            yield return open.ToString();
        }
    }

    private static bool EndsOpen(string line) => (line.Length - line.TrimEnd('\\').Length) % 2 == 1;

    private static int KeyEnd(string line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\')
            {
                i++;
            }
            else if (line[i] is '=' or ':' or ' ' or '\t')
            {
                return i;
            }
        }

        return line.Length;
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || ++i == text.Length)
            {
                plain.Append(i < text.Length ? text[i] : "");
                continue;
            }

            if (text[i] == 'u' && i + 4 < text.Length
                && int.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += 4;
                continue;
            }

            plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
        }

        return plain.ToString();
    }
}
