using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Whom to trust at an endpoint of <c>https</c>: as in Kafka the options <c>ssl.*</c> of the login module say it, and what the machine
/// trusts where there are none. Stateless.
/// </summary>
internal static class OAuthTls
{
    private const string Prefix = "ssl.";

    /// <exception cref="JaasException">An option is wrong, or a store cannot be read.</exception>
    public static TlsContext Load(IReadOnlyDictionary<string, string> options, IFileSystem files)
    {
        try
        {
            return TlsContext.Load(TlsSettings.Read(options.GetValueOrDefault), files);
        }
        catch (TlsSettingException refused)
        {
            throw new JaasException($"Invalid value {refused.Value} for the option {refused.Key} of a login module: {refused.Reason}");
        }
    }

    /// <summary>The options that count here, for comparison.</summary>
    public static string Of(IReadOnlyDictionary<string, string> options) =>
        string.Join(
            '\n',
            options.Where(option => option.Key.StartsWith(Prefix, StringComparison.Ordinal))
                .OrderBy(option => option.Key, StringComparer.Ordinal)
                .Select(option => $"{option.Key}={option.Value}"));
}
