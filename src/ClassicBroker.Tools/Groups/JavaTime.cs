using System.Globalization;
using System.Text.RegularExpressions;

namespace ClassicBroker.Tools.Groups;

/// <summary>Moments and spans in the forms Java reads them. Stateless.</summary>
internal static partial class JavaTime
{
    /// <summary>Reads <c>2023-11-14T00:00:00.000</c>, in UTC where no zone stands behind it, into milliseconds since 1970.</summary>
    /// <exception cref="JavaFailure">The text has another form.</exception>
    public static long Moment(string text)
    {
        var time = text.Split('T', 2);
        if (time.Length < 2)
        {
            throw Malformed("Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
        }

        if (time[1].Length == 0)
        {
            throw Malformed("Error parsing timestamp. Time part after 'T' is null or empty");
        }

        string[] formats =
        [
            "yyyy-MM-dd'T'HH:mm:ss.fff", "yyyy-MM-dd'T'HH:mm:ss.fffzzz", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", "yyyy-MM-dd'T'HH:mm:ss",
            "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm",
        ];
        return DateTimeOffset.TryParseExact(
            text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.ToUnixTimeMilliseconds()
            : throw Malformed($"Unparseable date: \"{text}\"");
    }

    private static JavaFailure Malformed(string reason) => new("java.text.ParseException", reason);

    /// <summary>Reads <c>P1DT2H3M4.5S</c>.</summary>
    /// <exception cref="JavaFailure">The text has another form.</exception>
    public static TimeSpan Span(string text)
    {
        var match = Duration().Match(text);
        if (!match.Success || text.EndsWith('T') || text.Length < 3)
        {
            throw new JavaFailure("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration");
        }

        var sign = match.Groups["sign"].Value == "-" ? -1 : 1;
        return sign * (TimeSpan.FromDays(Part("d")) + TimeSpan.FromHours(Part("h")) + TimeSpan.FromMinutes(Part("m"))
            + TimeSpan.FromSeconds(Part("s")));

        double Part(string name) =>
            match.Groups[name].Success ? double.Parse(match.Groups[name].Value.Replace(',', '.'), CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(
        @"\A(?<sign>[+-])?P((?<d>[+-]?[0-9]{1,9})D)?"
            + @"(T((?<h>[+-]?[0-9]{1,9})H)?((?<m>[+-]?[0-9]{1,9})M)?((?<s>[+-]?[0-9]{1,9}([.,][0-9]{0,9})?)S)?)?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Duration();
}
