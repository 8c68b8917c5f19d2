using ClassicBroker.Client;

namespace ClassicBroker.AdminConsole.Sessions;

/// <summary>
/// Finds out whether a user of the cluster has a password, by logging in to a broker with them and asking for the cluster's brokers.
/// Threading: any.
/// </summary>
/// <param name="config">The mechanism, and where to try.</param>
/// <param name="properties">How the console itself connects: TLS and addresses are those of it.</param>
/// <param name="network">Where connections are made.</param>
internal sealed class PasswordCheck(ConsoleConfig config, IReadOnlyDictionary<string, string> properties, ClientNetwork network)
{
    private const string TimeoutMs = "10000";

    /// <exception cref="KafkaException">No broker could be asked.</exception>
    public async Task<bool> IsRightAsync(string user, string password)
    {
        var tried = new Dictionary<string, string>(properties, StringComparer.Ordinal)
        {
            ["security.protocol"] = IsEncrypted() ? "SASL_SSL" : "SASL_PLAINTEXT",
            ["sasl.mechanism"] = config.SignInMechanism,
            ["sasl.jaas.config"] = $"{Module()} required username=\"{Quoted(user)}\" password=\"{Quoted(password)}\";",
            ["client.id"] = "admin-console-sign-in",
            ["default.api.timeout.ms"] = TimeoutMs,
            ["request.timeout.ms"] = TimeoutMs,
        };
        if (config.SignInBootstrapServers is { } servers)
        {
            tried["bootstrap.servers"] = servers;
        }

        await using var admin = new AdminClient(AdminConfig.FromProperties(tried), network);
        try
        {
            await admin.DescribeClusterAsync();
            return true;
        }
        catch (SaslAuthenticationException)
        {
            return false;
        }
    }

    private bool IsEncrypted() => properties.GetValueOrDefault("security.protocol", "").EndsWith("SSL", StringComparison.OrdinalIgnoreCase);

    private string Module() => config.SignInMechanism == "PLAIN"
        ? "org.apache.kafka.common.security.plain.PlainLoginModule"
        : "org.apache.kafka.common.security.scram.ScramLoginModule";

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
