using System.Text.RegularExpressions;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Security;

/// <summary>
/// <c>ssl.principal.mapping.rules</c> (KIP-371): the first rule whose pattern matches a distinguished name makes the user's name of it.
/// <code>
/// rule   DEFAULT | RULE:pattern/replacement/[L|U]     separated by commas; a / in the first two is written \/
/// </code>
/// Immutable; safe from any thread.
/// </summary>
internal sealed partial class PrincipalMapping
{
    private const string Key = "ssl.principal.mapping.rules";

    private static readonly TimeSpan PatternPatience = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<Rule> _rules;

    private PrincipalMapping(IReadOnlyList<Rule> rules) => _rules = rules;

    /// <exception cref="ConfigException">A rule cannot be read.</exception>
    public static PrincipalMapping Parse(string text)
    {
        var rules = new List<Rule>();
        for (var rest = text.Trim(); rest.Length > 0;)
        {
            var match = RuleText().Match(rest);
            if (!match.Success)
            {
                throw new ConfigException(Key, text, $"'{rest}' does not begin with a rule: DEFAULT or RULE:pattern/replacement/[LU]");
            }

            rules.Add(match.Groups["default"].Success ? Rule.Default : MakeRule(text, match));
            rest = rest[match.Length..];
        }

        return new PrincipalMapping(rules.Count > 0 ? rules : [Rule.Default]);
    }

    /// <summary>The user's name; null where no rule applies, which is no way to connect.</summary>
    public string? NameOf(string distinguishedName)
    {
        foreach (var rule in _rules)
        {
            if (rule.Apply(distinguishedName) is { } name)
            {
                return name;
            }
        }

        return null;
    }

    private static Rule MakeRule(string text, Match match)
    {
        try
        {
            var pattern = match.Groups["pattern"].Value.Replace("\\/", "/", StringComparison.Ordinal);
            var whole = new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, PatternPatience);
            var part = new Regex(pattern, RegexOptions.CultureInvariant, PatternPatience);
            var replacement = JavaReplacement.Translate(match.Groups["replacement"].Value, part.GetGroupNumbers().Length - 1);
            return new Rule(whole, part, replacement, match.Groups["case"].Value);
        }
        catch (ArgumentException malformed)
        {
            throw new ConfigException(Key, text, $"'{match.Value}' holds a malformed pattern: {malformed.Message}");
        }
    }

    [GeneratedRegex(
        @"\A\s*(?:(?<default>DEFAULT)|RULE:(?<pattern>(?:\\.|[^\\/])*)/(?<replacement>(?:\\.|[^\\/])*)/(?<case>[LU]?))\s*(?:,\s*|\z)")]
    private static partial Regex RuleText();

    private sealed record Rule(Regex? Whole, Regex? Part, string Replacement, string Case)
    {
        public static Rule Default { get; } = new(null, null, "", "");

        public string? Apply(string distinguishedName)
        {
            if (Whole is null)
            {
                return distinguishedName;
            }

            if (!Whole.IsMatch(distinguishedName))
            {
                return null;
            }

            var name = Part!.Replace(distinguishedName, Replacement);
            return Case switch
            {
                "L" => name.ToLowerInvariant(),
                "U" => name.ToUpperInvariant(),
                _ => name,
            };
        }
    }
}
