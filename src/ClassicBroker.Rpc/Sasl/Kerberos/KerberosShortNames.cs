namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// <c>sasl.kerberos.principal.to.local.rules</c>: makes the names of Kafka's users of Kerberos principals, by the first rule that applies.
/// Immutable; any thread.
/// </summary>
public sealed class KerberosShortNames
{
    private readonly IReadOnlyList<KerberosRule> _rules;

    private KerberosShortNames(IReadOnlyList<KerberosRule> rules) => _rules = rules;

    /// <exception cref="FormatException">One is no rule.</exception>
    public static KerberosShortNames Parse(IReadOnlyList<string> rules, string defaultRealm) =>
        new([.. rules.Select(rule => KerberosRule.Parse(rule.Trim(), defaultRealm))]);

    /// <summary>The name of a principal's user.</summary>
    /// <exception cref="FormatException">The principal is malformed, or no rule applies to it.</exception>
    public string Of(string principal)
    {
        var name = KerberosName.TryParse(principal) ?? throw new FormatException($"Malformed Kerberos name: {principal}");
        if (name is { Host: null, Realm: null })
        {
            return name.Service;
        }

        return _rules.Select(rule => rule.Apply(name)).FirstOrDefault(made => made is not null)
            ?? throw new FormatException($"No rules apply to {name}, rules [{string.Join(", ", _rules)}]");
    }
}
