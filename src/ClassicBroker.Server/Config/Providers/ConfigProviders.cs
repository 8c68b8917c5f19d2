using System.Text;
using System.Text.RegularExpressions;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config.Providers;

/// <summary>
/// <c>config.providers</c> of the properties file: puts in place of <c>${provider:path:key}</c> what the provider has there. For the file
/// and the command line only, once, at start: no value that comes by request or from ZooKeeper is ever looked up. Stateless.
/// </summary>
internal static partial class ConfigProviders
{
    private const string ProvidersKey = "config.providers";
    private const string Package = "org.apache.kafka.common.config.provider.";

    /// <summary>Is it a key that says which providers there are?</summary>
    public static bool IsKey(string key) =>
        key == ProvidersKey || key.StartsWith(ProvidersKey + ".", StringComparison.Ordinal);

    /// <param name="properties">What the file and the command line say; values are replaced in it.</param>
    /// <param name="files">Where the values lie.</param>
    /// <param name="variables">The broker's environment.</param>
    /// <param name="warn">Told in a sentence, without values, of what has no effect.</param>
    /// <exception cref="ConfigException">There is no such provider, or what a value names cannot be read.</exception>
    public static void Resolve(
        Dictionary<string, string> properties, IFileSystem files, Func<string, string?> variables, Action<string> warn)
    {
        var providers = new Dictionary<string, IConfigProvider>(StringComparer.Ordinal);
        foreach (var name in JavaText.SplitList(properties.GetValueOrDefault(ProvidersKey) ?? "").Where(name => name.Length > 0))
        {
            if (properties.TryGetValue($"{ProvidersKey}.{name}.class", out var className))
            {
                providers[name] = Make(name, className, properties, files, variables, warn);
            }
            else
            {
                warn($"{ProvidersKey} names {name}, which is not used: {ProvidersKey}.{name}.class is not set");
            }
        }

        if (providers.Count == 0)
        {
            return;
        }

        var found = LookUp(properties.Values, providers);
        foreach (var (key, value) in properties.ToList())
        {
            properties[key] = Variable().Replace(value, match => Replacement(match, key, providers, found, warn));
        }
    }

    /// <summary>Why a file cannot be read, without its content.</summary>
    internal static string Reason(Exception failure) => failure switch
    {
        StorageException { IsNotFound: true } => "there is no such file",
        DecoderFallbackException => "it is not UTF-8",
        _ => failure.Message,
    };

    internal static bool IsAllowed(AllowedPaths allowed, string path, Action<string> warn)
    {
        if (allowed.Allow(path))
        {
            return true;
        }

        warn($"The path {path} is not allowed to be accessed");
        return false;
    }

    private static IConfigProvider Make(
        string name,
        string className,
        Dictionary<string, string> properties,
        IFileSystem files,
        Func<string, string?> variables,
        Action<string> warn)
    {
        var allowed = properties.GetValueOrDefault($"{ProvidersKey}.{name}.param.allowed.paths");
        switch (className.Trim())
        {
            case Package + "FileConfigProvider":
                return new FileConfigProvider(new AllowedPaths(allowed, files), files, warn);
            case Package + "DirectoryConfigProvider":
                return new DirectoryConfigProvider(new AllowedPaths(allowed, files), files, warn);
            case Package + "EnvVarConfigProvider":
                return new EnvironmentConfigProvider(AllowedNames($"{ProvidersKey}.{name}.param.allowlist.pattern", properties), variables);
            default:
                throw new ConfigException(
                    $"{ProvidersKey}.{name}.class", className, "Could not load config provider class or one of its dependencies");
        }
    }

    private static Regex AllowedNames(string key, Dictionary<string, string> properties)
    {
        var pattern = properties.GetValueOrDefault(key, ".*");
        try
        {
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant);
        }
        catch (ArgumentException malformed)
        {
            throw new ConfigException(key, pattern, malformed.Message);
        }
    }

    /// <summary>Asks each provider once for each path.</summary>
    private static Dictionary<(string Provider, string Path), IReadOnlyDictionary<string, string>> LookUp(
        IEnumerable<string> values, Dictionary<string, IConfigProvider> providers)
    {
        var places = values.SelectMany(value => Variable().Matches(value))
            .Where(match => providers.ContainsKey(match.Groups["provider"].Value))
            .GroupBy(match => (match.Groups["provider"].Value, match.Groups["path"].Value), match => match.Groups["key"].Value);
        return places.ToDictionary(
            place => place.Key, place => providers[place.Key.Item1].Get(place.Key.Item2, place.ToHashSet(StringComparer.Ordinal)));
    }

    private static string Replacement(
        Match match,
        string key,
        Dictionary<string, IConfigProvider> providers,
        Dictionary<(string Provider, string Path), IReadOnlyDictionary<string, string>> found,
        Action<string> warn)
    {
        var (provider, path) = (match.Groups["provider"].Value, match.Groups["path"].Value);
        if (!providers.ContainsKey(provider))
        {
            return match.Value;
        }

        if (found[(provider, path)].TryGetValue(match.Groups["key"].Value, out var replacement))
        {
            return replacement;
        }

        warn($"The value of {key} stays the text {match.Value}: the provider has no value there");
        return match.Value;
    }

    [GeneratedRegex(@"\$\{(?<provider>[^}]*?):(?:(?<path>[^}]*?):)?(?<key>[^}]*?)\}")]
    private static partial Regex Variable();
}
