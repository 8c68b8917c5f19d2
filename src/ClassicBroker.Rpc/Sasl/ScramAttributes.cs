using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// The attributes of a SCRAM message, in order:
/// <code>
/// message    attribute *("," attribute)
/// attribute  name "=" value         a letter or more; the value has no comma
/// </code>
/// Used by one exchange.
/// </summary>
internal sealed class ScramAttributes
{
    private readonly List<(string Name, string Value)> _attributes = [];
    private int _next;

    /// <summary>Reads a message, or the rest of one; null where it is none.</summary>
    public static ScramAttributes? TryParse(string message)
    {
        var attributes = new ScramAttributes();
        foreach (var part in message.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || equals == part.Length - 1 || !IsName(part.AsSpan(0, equals)))
            {
                return null;
            }

            attributes._attributes.Add((part[..equals], part[(equals + 1)..]));
        }

        return attributes;
    }

    /// <summary>The next attribute's value, where it has this name; null leaves it for another question.</summary>
    public string? Take(string name) =>
        _next < _attributes.Count && _attributes[_next].Name == name ? _attributes[_next++].Value : null;

    /// <summary>The last attribute's value, where it has this name and was not taken.</summary>
    public string? TakeLast(string name)
    {
        if (_next >= _attributes.Count || _attributes[^1].Name != name)
        {
            return null;
        }

        var value = _attributes[^1].Value;
        _attributes.RemoveAt(_attributes.Count - 1);
        return value;
    }

    /// <summary>An extension among those that were not taken.</summary>
    public string? Extension(string name)
    {
        foreach (var (found, value) in _attributes.Skip(_next))
        {
            if (found == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The bytes of a base64 value; null where it is none.</summary>
    public static byte[]? Bytes(string? base64)
    {
        if (base64 is null || base64.AsSpan().ContainsAny(" \t\r\n"))
        {
            return null;
        }

        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>A user's name as an attribute holds it: a comma is <c>=2C</c>, an equals sign <c>=3D</c>.</summary>
    public static string Escape(string name) =>
        name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    /// <summary>The reverse; null where an equals sign is none of the two escapes.</summary>
    public static string? Unescape(string text)
    {
        var name = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
            {
                name.Append(text[i]);
                continue;
            }

            switch (text.AsSpan(i, Math.Min(3, text.Length - i)))
            {
                case "=2C":
                    name.Append(',');
                    break;
                case "=3D":
                    name.Append('=');
                    break;
                default:
                    return null;
            }

            i += 2;
        }

        return name.ToString();
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetter(letter))
            {
                return false;
            }
        }

        return true;
    }
}
