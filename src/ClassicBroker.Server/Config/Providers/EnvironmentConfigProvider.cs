using System.Text.RegularExpressions;

namespace ClassicBroker.Server.Config.Providers;

/// <summary><c>${env:NAME}</c>: a variable of the broker's environment, where its name fits the allowed ones.</summary>
internal sealed class EnvironmentConfigProvider(Regex allowed, Func<string, string?> variables) : IConfigProvider
{
    public IReadOnlyDictionary<string, string> Get(string path, IReadOnlySet<string> keys)
    {
        if (path.Length > 0)
        {
            throw new ConfigException($"Path is not supported for EnvVarConfigProvider, invalid value '{path}'");
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in keys.Where(key => allowed.IsMatch(key)))
        {
            if (variables(key) is { } value)
            {
                found[key] = value;
            }
        }

        return found;
    }
}
