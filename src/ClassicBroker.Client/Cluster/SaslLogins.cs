using System.Collections.Concurrent;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// Makes logins of configurations, one for each: what it remembers of a password serves all connections. Without a
/// <c>sasl.jaas.config</c> the login module comes from the context KafkaClient of the JAAS file that Java's system property names.
/// Threading: any thread.
/// </summary>
internal sealed class SaslLogins(LoginSurroundings surroundings, IReadOnlyDictionary<string, string> systemProperties)
{
    private const string FileProperty = "java.security.auth.login.config";
    private const string Context = "KafkaClient";

    private readonly LoginModules _modules = new(systemProperties.GetValueOrDefault(LoginModules.DisallowedProperty));
    private readonly ConcurrentDictionary<SaslConfig, ISaslLogin> _logins = new();

    /// <exception cref="KafkaConfigException">There is nothing to log in with.</exception>
    public ISaslLogin Of(SaslConfig config)
    {
        try
        {
            return _logins.GetOrAdd(config, Make);
        }
        catch (JaasException refused)
        {
            throw new KafkaConfigException(refused.Message);
        }
    }

    private ISaslLogin Make(SaslConfig config)
    {
        var module = LoginModules.Of(config.Mechanism)
            ?? throw new KafkaConfigException("sasl.mechanism", config.Mechanism, "there is no such SASL mechanism here");
        var entries = config.JaasConfig is { } jaas ? [JaasParser.ParseValue(jaas)] : FromFile();
        foreach (var entry in entries)
        {
            _modules.Check(entry);
        }

        return entries.FirstOrDefault(entry => entry.Module == module) is { } own
            ? LoginModules.LoginBy(config.Mechanism, own, surroundings with
            {
                KerberosServiceName = config.KerberosServiceName,
                TokenEndpoint = config.OAuth.ToSettings(systemProperties.GetValueOrDefault(OAuthValidators.AllowedUrlsProperty)),
            })
            : throw new JaasException($"The login module {string.Join(", ", entries)} is not one of SASL mechanism {config.Mechanism}");
    }

    private IReadOnlyList<JaasEntry> FromFile()
    {
        var path = systemProperties.GetValueOrDefault(FileProperty);
        return (path is null ? null : Parse(path).GetValueOrDefault(Context))
            ?? throw new JaasException(
                $"Could not find a '{Context}' entry in the JAAS configuration. System property '{FileProperty}' is {path ?? "not set"}");
    }

    private IReadOnlyDictionary<string, IReadOnlyList<JaasEntry>> Parse(string path)
    {
        try
        {
            return JaasParser.ParseFile(Encoding.UTF8.GetString(surroundings.Files.ReadAllBytes(path)));
        }
        catch (StorageException unreadable)
        {
            throw new JaasException($"The JAAS file {path} cannot be read: {unreadable.Message}");
        }
    }
}
