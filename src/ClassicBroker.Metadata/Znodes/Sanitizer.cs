using System.Globalization;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// Turns the names of users and clients into znode names and back, as Kafka's Sanitizer: percent encoding of UTF-8 of all but
/// letters, digits, dot, underscore and dash. Topics, brokers and ips are written raw.
/// </summary>
public static class Sanitizer
{
    public static string Sanitize(string name)
    {
        var result = new StringBuilder(name.Length);
        foreach (var unit in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)unit) || unit is (byte)'.' or (byte)'_' or (byte)'-')
            {
                result.Append((char)unit);
            }
            else
            {
                result.Append('%').Append(unit.ToString("X2"));
            }
        }

        return result.ToString();
    }

    /// <exception cref="MalformedDataException">Where a percent sign is not followed by two hexadecimal digits.</exception>
    public static string Desanitize(string sanitized)
    {
        var bytes = new List<byte>(sanitized.Length);
        for (var index = 0; index < sanitized.Length; index++)
        {
            if (sanitized[index] != '%')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(sanitized, index, 1));
                continue;
            }

            if (index + 2 >= sanitized.Length
                || !TryParseHex(sanitized.AsSpan(index + 1, 2), out var unit))
            {
                throw new MalformedDataException($"\"{sanitized}\" is not a sanitized name.");
            }

            bytes.Add(unit);
            index += 2;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static bool TryParseHex(ReadOnlySpan<char> digits, out byte unit) =>
        byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out unit);
}
