namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// Reads JAAS configurations: the value of <c>sasl.jaas.config</c>, and files of named contexts.
/// <code>
/// file     *(name "{" *entry "}" ";")
/// entry    class flag *(option "=" value) ";"
/// </code>
/// Stateless. Messages name options and classes, never values.
/// </summary>
public static class JaasParser
{
    private static readonly string[] Flags = ["REQUIRED", "REQUISITE", "SUFFICIENT", "OPTIONAL"];

    /// <summary>Options that may be named in a message; anything else may be a piece of a password with a quote too few.</summary>
    private static readonly string[] KnownOptions =
        ["username", "password", "tokenauth", "serviceName", "useKeyTab", "storeKey", "keyTab", "principal", "useTicketCache"];

    /// <summary>The one login module of a <c>sasl.jaas.config</c>.</summary>
    /// <exception cref="JaasException">It is no such value, or has several modules.</exception>
    public static JaasEntry ParseValue(string value)
    {
        var tokens = new JaasTokens(value);
        tokens.Next();
        var entries = Entries(tokens);
        return entries.Count switch
        {
            0 => throw new JaasException("Login module not specified in JAAS config"),
            1 => entries[0],
            _ => throw new JaasException($"JAAS config property contains {entries.Count} login modules, should be 1 module"),
        };
    }

    /// <summary>The contexts of a file, by name.</summary>
    /// <exception cref="JaasException">It is no JAAS file.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<JaasEntry>> ParseFile(string text)
    {
        var contexts = new SortedDictionary<string, IReadOnlyList<JaasEntry>>(StringComparer.Ordinal);
        var tokens = new JaasTokens(text);
        tokens.Next();
        while (!tokens.IsEnd)
        {
            var name = tokens.Word ?? throw new JaasException("A context of a JAAS file begins with its name");
            tokens.Next();
            Expect(tokens, '{', name);
            contexts[name] = Entries(tokens);
            Expect(tokens, '}', name);
            Expect(tokens, ';', name);
        }

        return contexts;
    }

    private static List<JaasEntry> Entries(JaasTokens tokens)
    {
        var entries = new List<JaasEntry>();
        while (!tokens.IsEnd && tokens.Sign != '}')
        {
            entries.Add(Entry(tokens));
        }

        return entries;
    }

    private static JaasEntry Entry(JaasTokens tokens)
    {
        var module = tokens.Word ?? throw new JaasException("Login module not specified in JAAS config");
        tokens.Next();
        if (tokens.IsEnd)
        {
            throw new JaasException("Login module control flag not specified in JAAS config");
        }

        if (tokens.Word is not { } flag || !Flags.Contains(flag.ToUpperInvariant()))
        {
            throw new JaasException(
                $"Invalid login module control flag in JAAS config: {module} wants one of required, requisite, sufficient, optional");
        }

        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        tokens.Next();
        while (!tokens.IsEnd && tokens.Sign != ';')
        {
            var key = tokens.Word;
            tokens.Next();
            var isAssigned = tokens.Sign == '=';
            tokens.Next();
            if (key is null || !isAssigned || tokens.Word is not { } value)
            {
                throw new JaasException($"Value not specified for {Described(key)} in JAAS config");
            }

            options[key] = value;
            tokens.Next();
        }

        if (tokens.Sign != ';')
        {
            throw new JaasException("JAAS config entry not terminated by semi-colon");
        }

        tokens.Next();
        return new JaasEntry(module, options);
    }

    private static string Described(string? option) => KnownOptions.Contains(option) ? $"key '{option}'" : "an option";

    private static void Expect(JaasTokens tokens, char sign, string context)
    {
        if (tokens.Sign != sign)
        {
            throw new JaasException($"Context {context} of the JAAS file: '{sign}' is expected");
        }

        tokens.Next();
    }
}
