namespace ClassicBroker.Server.Config.Providers;

/// <summary>Where values of the properties file can lie outside of it. Used once, at start.</summary>
internal interface IConfigProvider
{
    /// <summary>Those of the keys that there are under the path, with their values.</summary>
    /// <exception cref="ConfigException">What the path names cannot be read.</exception>
    IReadOnlyDictionary<string, string> Get(string path, IReadOnlySet<string> keys);
}
