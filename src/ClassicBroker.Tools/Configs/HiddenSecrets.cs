using System.Text.RegularExpressions;

namespace ClassicBroker.Tools.Configs;

/// <summary>
/// Keeps the values of secret configs out of what a tool prints: a terminal is looked at, and its output is kept. Stateless.
/// </summary>
internal static partial class HiddenSecrets
{
    /// <summary>What Java's clients print in the place of a password.</summary>
    public const string Hidden = "[hidden]";

    /// <summary>Parts of the names of secrets; all of a key store in PEM is one.</summary>
    private static readonly string[] Names =
    [
        "password", "secret", "credential", "scram-sha-", "jaas", "master.key", "keystore.key", "certificate.chain",
        "truststore.certificates", "stored_key", "server_key",
    ];

    public static bool IsSecret(string key) => Names.Any(name => key.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A config as it may be printed: <c>key=value</c>.</summary>
    public static string Text(string key, string value) => $"{key}={(IsSecret(key) ? Hidden : value)}";

    /// <summary>
    /// A command line as it may be printed. Behind the first secret of a word nothing of it is shown: where the secret ends cannot be told
    /// in a word that was not understood.
    /// </summary>
    public static string CommandLine(IEnumerable<string> words) => string.Join(' ', words.Select(Word));

    /// <summary>
    /// A config that ZooKeeper has, as it may be printed: a credential without its keys, a password as it was encoded and not in clear.
    /// </summary>
    public static string Stored(string key, string value) =>
        ScramArgument.IsMechanism(key) ? KeyOfCredential().Replace(value, $"$1={Hidden}")
        : IsSecret(key) && !value.Contains("encryptedPassword:", StringComparison.Ordinal) ? Hidden
        : value;

    private static string Word(string word)
    {
        var secret = Keys().Matches(word).FirstOrDefault(key => IsSecret(key.Groups[1].Value));
        return secret is null ? word : word[..(secret.Index + secret.Length)] + Hidden;
    }

    [GeneratedRegex(@"([^\s,=\[\]{}]+)\s*=")]
    private static partial Regex Keys();

    [GeneratedRegex("(stored_key|server_key)=[^,]*")]
    private static partial Regex KeyOfCredential();
}
