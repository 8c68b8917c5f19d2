using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Security;

/// <summary>
/// Where a broker finds login modules: <c>sasl.jaas.config</c> of a listener and mechanism, else the contexts of the JAAS file that
/// Java's system property names, <c>listener.KafkaServer</c> before <c>KafkaServer</c>. Immutable.
/// </summary>
internal sealed class JaasContexts
{
    public const string FileProperty = "java.security.auth.login.config";

    private const string ServerContext = "KafkaServer";

    private readonly string? _file;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<JaasEntry>> _contexts;

    private JaasContexts(string? file, IReadOnlyDictionary<string, IReadOnlyList<JaasEntry>> contexts) =>
        (_file, _contexts) = (file, contexts);

    /// <param name="file">The path of the JAAS file; null for none.</param>
    /// <param name="files">Where it lies.</param>
    /// <exception cref="ConfigException">It cannot be read, or is no JAAS file.</exception>
    public static JaasContexts Load(string? file, IFileSystem files)
    {
        if (file is null)
        {
            return new JaasContexts(null, new SortedDictionary<string, IReadOnlyList<JaasEntry>>(StringComparer.Ordinal));
        }

        try
        {
            using var content = files.Open(file, FileOpenMode.Read);
            var bytes = new byte[content.Length];
            return new JaasContexts(file, JaasParser.ParseFile(Encoding.UTF8.GetString(bytes.AsSpan(0, content.Read(bytes, 0)))));
        }
        catch (Exception unusable) when (unusable is StorageException or JaasException)
        {
            throw new ConfigException($"The JAAS file {file}, which system property '{FileProperty}' names, cannot be used: {unusable.Message}");
        }
    }

    /// <summary>The login modules of a context of the file; none where there is no such context.</summary>
    public IReadOnlyList<JaasEntry> Context(string name) => _contexts.GetValueOrDefault(name) ?? [];

    /// <summary>The login modules that serve a mechanism on a listener.</summary>
    /// <param name="config">The broker's configuration.</param>
    /// <param name="listener">The listener.</param>
    /// <param name="mechanism">The mechanism.</param>
    /// <param name="ignored">Told of a key that looks like one of these and is not, in Kafka's words.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public IReadOnlyList<JaasEntry> Find(KafkaConfig config, string listener, string mechanism, Action<string> ignored)
    {
        const string key = "sasl.jaas.config";
        if (config.Originals.TryGetValue(BrokerConfigDefinition.PrefixOf(listener, mechanism) + key, out var own))
        {
            try
            {
                return [JaasParser.ParseValue(own)];
            }
            catch (JaasException malformed)
            {
                throw new ConfigException(malformed.Message);
            }
        }

        if (config.Originals.ContainsKey(key) || config.Originals.ContainsKey(BrokerConfigDefinition.PrefixOf(listener) + key))
        {
            ignored("Server config sasl.jaas.config should be prefixed with SASL mechanism name, ignoring config");
        }

        var ofListener = $"{listener.ToLowerInvariant()}.{ServerContext}";
        return _contexts.GetValueOrDefault(ofListener)
            ?? _contexts.GetValueOrDefault(ServerContext)
            ?? throw new ConfigException(
                $"Could not find a '{ServerContext}' or '{ofListener}' entry in the JAAS configuration. "
                + $"System property '{FileProperty}' is {_file ?? "not set"}");
    }
}
