using System.Text;
using System.Text.RegularExpressions;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// One rule of <c>sasl.kerberos.principal.to.local.rules</c>, in the notation of Kerberos' <c>auth_to_local</c>.
/// <code>
/// DEFAULT                                  a principal of the default realm is its first part
/// RULE:[n:format](match)s/from/to/g/L      principals of n parts: format names them by $0 (the realm), $1, $2; what it makes must
///                                          match as a whole; then from becomes to, once or (g) everywhere, and all is lower (L) or
///                                          upper (U) case
/// </code>
/// Immutable; any thread.
/// </summary>
internal sealed partial class KerberosRule
{
    private static readonly TimeSpan PatternPatience = TimeSpan.FromMilliseconds(100);

    private readonly string _text;
    private readonly string? _defaultRealm;
    private readonly int _parts;
    private readonly string _format = "";
    private readonly Regex? _match;
    private readonly Regex? _from;
    private readonly string _to = "";
    private readonly bool _everywhere;
    private readonly string _case = "";

    private KerberosRule(string text, string defaultRealm) => (_text, _defaultRealm) = (text, defaultRealm);

    private KerberosRule(Match rule)
    {
        _text = rule.Value;
        _parts = int.Parse(rule.Groups["parts"].Value, System.Globalization.CultureInfo.InvariantCulture);
        _format = rule.Groups["format"].Value;
        _match = rule.Groups["match"] is { Success: true } match ? Pattern($@"\A(?:{match.Value})\z") : null;
        _from = rule.Groups["from"] is { Success: true } from ? Pattern(from.Value) : null;
        _to = _from is null ? "" : JavaReplacement.Translate(rule.Groups["to"].Value, _from.GetGroupNumbers().Length - 1);
        _everywhere = rule.Groups["all"].Success;
        _case = rule.Groups["case"].Value;
    }

    /// <exception cref="FormatException">The text is no rule.</exception>
    public static KerberosRule Parse(string text, string defaultRealm)
    {
        var rule = RuleText().Match(text);
        if (!rule.Success)
        {
            throw new FormatException($"Invalid rule: {text}");
        }

        if (rule.Length < text.Length)
        {
            throw new FormatException($"Invalid rule: `{text}`, unmatched substring: `{text[rule.Length..]}`");
        }

        try
        {
            return rule.Groups["default"].Success ? new KerberosRule(text, defaultRealm) : new KerberosRule(rule);
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            throw new FormatException($"Invalid rule: {text}: {failure.Message}");
        }
    }

    /// <summary>The short name; null where the rule is about other principals.</summary>
    /// <exception cref="FormatException">The rule applies and makes no short name.</exception>
    public string? Apply(KerberosName name)
    {
        if (Shorten(name) is not { } result)
        {
            return null;
        }

        if (result.AsSpan().ContainsAny('/', '@'))
        {
            throw new FormatException($"Non-simple name {result} after auth_to_local rule {_text}");
        }

        return _case switch
        {
            "L" => result.ToLowerInvariant(),
            "U" => result.ToUpperInvariant(),
            _ => result,
        };
    }

    public override string ToString() => _text;

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.CultureInvariant, PatternPatience);

    private string? Shorten(KerberosName name)
    {
        if (_defaultRealm is not null)
        {
            return name.Realm == _defaultRealm ? name.Service : null;
        }

        if (_parts != (name.Host is null ? 1 : 2))
        {
            return null;
        }

        try
        {
            var whole = Format(name);
            return _match?.IsMatch(whole) == false ? null
                : _from is null ? whole
                : _from.Replace(whole, _to, _everywhere ? -1 : 1);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new FormatException($"Rule {_text} takes too long for {name}");
        }
    }

    private string Format(KerberosName name)
    {
        string?[] parts = [name.Realm, name.Service, name.Host];
        var made = new StringBuilder(_format.Length + 32);
        for (var i = 0; i < _format.Length; i++)
        {
            if (_format[i] != '$')
            {
                made.Append(_format[i]);
                continue;
            }

            var number = 0;
            var digits = 0;
            for (; i + 1 < _format.Length && char.IsAsciiDigit(_format[i + 1]) && digits < 9; i++, digits++)
            {
                number = (number * 10) + _format[i + 1] - '0';
            }

            made.Append(digits == 0 ? "$"
                : number <= _parts ? parts[number]
                : throw new FormatException($"index {number} from {_format} is outside of the valid range 0 to {_parts}"));
        }

        return made.ToString();
    }

    [GeneratedRegex(
        @"\A(?:(?<default>DEFAULT)|RULE:\[(?<parts>[0-9]*):(?<format>[^\]]*)\](?:\((?<match>[^)]*)\))?"
            + @"(?:s/(?<from>[^/]*)/(?<to>[^/]*)/(?<all>g)?)?/?(?<case>[LU])?)")]
    private static partial Regex RuleText();
}
