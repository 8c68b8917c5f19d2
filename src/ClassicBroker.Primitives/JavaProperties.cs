using System.Globalization;
using System.Text;

namespace ClassicBroker.Primitives;

/// <summary>
/// Reads Java's <c>.properties</c> format: ISO-8859-1, <c>#</c> and <c>!</c> comment lines, <c>=</c>, <c>:</c> or blank between key and
/// value, backslash escapes with <c>\uXXXX</c>, and lines continued by an odd number of trailing backslashes. The last of equal keys
/// wins.
/// </summary>
public static class JavaProperties
{
    private const string Blanks = " \t\f";

    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> content) => Parse(Encoding.Latin1.GetString(content));

    /// <exception cref="MalformedDataException">A <c>\u</c> escape is malformed.</exception>
    public static Dictionary<string, string> Parse(string content)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in LogicalLines(content))
        {
            var (key, value) = Split(line);
            properties[Unescape(key)] = Unescape(value);
        }

        return properties;
    }

    private static IEnumerable<string> LogicalLines(string content)
    {
        var logical = new StringBuilder();
        var continues = false;
        foreach (var natural in NaturalLines(content))
        {
            var line = natural.TrimStart(' ', '\t', '\f');
            if (!continues && (line.Length == 0 || line[0] is '#' or '!'))
            {
                continue;
            }

            continues = EndsInOpenBackslash(line);
            logical.Append(continues ? line.AsSpan(0, line.Length - 1) : line);
            if (!continues)
            {
                yield return logical.ToString();
                logical.Clear();
            }
        }

        if (logical.Length > 0)
        {
            yield return logical.ToString();
        }
    }

    /// <summary>Only CR, LF and the two together end a line; what else Unicode calls a line end may be half of a UTF-8 character.</summary>
    private static string[] NaturalLines(string content) =>
        content.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');

    private static bool EndsInOpenBackslash(string line)
    {
        var backslashes = line.Length - line.AsSpan().TrimEnd('\\').Length;
        return backslashes % 2 == 1;
    }

    private static (string Key, string Value) Split(string line)
    {
        var end = 0;
        while (end < line.Length && !IsSeparator(line[end]))
        {
            end += line[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, line.Length);
        var rest = line.AsSpan(end).TrimStart(Blanks);
        if (rest.Length > 0 && rest[0] is '=' or ':')
        {
            rest = rest[1..].TrimStart(Blanks);
        }

        return (line[..end], rest.ToString());
    }

    private static bool IsSeparator(char c) => c is '=' or ':' or ' ' or '\t' or '\f';

    private static string Unescape(string text)
    {
        if (!text.Contains('\\'))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u')
            {
                plain.Append(UnicodeEscape(text, i + 1));
                i += 4;
                continue;
            }

            plain.Append(text[i] switch { 't' => '\t', 'r' => '\r', 'n' => '\n', 'f' => '\f', var other => other });
        }

        return plain.ToString();
    }

    private static char UnicodeEscape(string text, int start) =>
        start + 4 <= text.Length
        && ushort.TryParse(text.AsSpan(start, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : throw new MalformedDataException("Malformed \\uxxxx encoding.");
}
