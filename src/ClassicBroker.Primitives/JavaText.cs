using System.Globalization;

namespace ClassicBroker.Primitives;

/// <summary>
/// Reads text as Java's library does, whose rules configurations, znodes and command lines were written for: what counts as a blank, as a
/// number and as a list. Stateless.
/// </summary>
public static class JavaText
{
    /// <summary>Without what <c>String.trim</c> takes off: every character up to the blank, and no other.</summary>
    public static string Trim(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && text[start] <= ' ')
        {
            start++;
        }

        while (end > start && text[end - 1] <= ' ')
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>
    /// The entries of a list value: split at commas, with the blanks around these gone. A blank text is an empty list, an empty entry an
    /// entry.
    /// </summary>
    public static string[] SplitList(string text)
    {
        var trimmed = Trim(text);
        if (trimmed.Length == 0)
        {
            return [];
        }

        var entries = trimmed.Split(',');
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = entries[i].Trim(' ', '\t', '\n', '\v', '\f', '\r');
        }

        return entries;
    }

    /// <summary>True for <c>true</c> and <c>false</c> in any case, and for nothing else.</summary>
    public static bool TryParseBoolean(string text, out bool flag)
    {
        flag = text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return flag || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>As <c>Integer.parseInt</c>.</summary>
    public static bool TryParseInt(ReadOnlySpan<char> text, out int number)
    {
        var isNumber = TryParseWithin(text, int.MinValue, int.MaxValue, out var wide);
        number = (int)wide;
        return isNumber;
    }

    /// <summary>As <c>Short.parseShort</c>.</summary>
    public static bool TryParseShort(ReadOnlySpan<char> text, out short number)
    {
        var isNumber = TryParseWithin(text, short.MinValue, short.MaxValue, out var wide);
        number = (short)wide;
        return isNumber;
    }

    /// <summary>As <c>Long.parseLong</c>.</summary>
    public static bool TryParseLong(ReadOnlySpan<char> text, out long number) =>
        TryParseWithin(text, long.MinValue, long.MaxValue, out number);

    /// <summary>
    /// As <c>Double.parseDouble</c> reads decimal numbers: blanks around it, a type suffix, <c>NaN</c> and <c>Infinity</c> are allowed.
    /// Hexadecimal numbers are not.
    /// </summary>
    public static bool TryParseDouble(string text, out double number)
    {
        var trimmed = Trim(text);
        var unsigned = trimmed.AsSpan(trimmed is ['+' or '-', ..] ? 1 : 0);
        var sign = trimmed is ['-', ..] ? -1 : 1;
        if (unsigned is "NaN" or "Infinity")
        {
            number = unsigned is "NaN" ? double.NaN : sign * double.PositiveInfinity;
            return true;
        }

        number = 0;
        var digits = unsigned is [.., 'd' or 'D' or 'f' or 'F'] ? unsigned[..^1] : unsigned;
        if (digits.IsEmpty || !(char.IsAsciiDigit(digits[0]) || digits[0] == '.'))
        {
            return false;
        }

        var isNumber = double.TryParse(
            digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);
        number *= sign;
        return isNumber;
    }

    /// <summary>An optional sign and digits of any script, nothing else.</summary>
    private static bool TryParseWithin(ReadOnlySpan<char> text, long min, long max, out long number)
    {
        number = 0;
        var isNegative = text is ['-', ..];
        var digits = text is ['+' or '-', ..] ? text[1..] : text;
        if (digits.IsEmpty)
        {
            return false;
        }

        // Summed up below zero, where there is room for one number more.
        foreach (var character in digits)
        {
            var digit = CharUnicodeInfo.GetDecimalDigitValue(character);
            if (digit < 0 || number < (long.MinValue + digit) / 10)
            {
                number = 0;
                return false;
            }

            number = (number * 10) - digit;
        }

        if (isNegative ? number >= min : number >= -max)
        {
            number = isNegative ? number : -number;
            return true;
        }

        number = 0;
        return false;
    }
}
