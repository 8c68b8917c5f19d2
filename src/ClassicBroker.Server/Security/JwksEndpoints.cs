using ClassicBroker.Rpc.Sasl.OAuth;

namespace ClassicBroker.Server.Security;

/// <summary>
/// The endpoints that the listeners of one configuration want keys of: those that are asked already, and new ones. Used by one caller while
/// the listeners are made.
/// </summary>
internal sealed class JwksEndpoints(
    IReadOnlyList<JwksEndpoint> running, Func<JwksEndpointSettings, IReadOnlyDictionary<string, string>, JwksEndpoint> make)
{
    private readonly List<JwksEndpoint> _wanted = [];

    /// <summary>In the order they were asked for.</summary>
    public IReadOnlyList<JwksEndpoint> Wanted => _wanted;

    public JwksEndpoint Of(JwksEndpointSettings settings, IReadOnlyDictionary<string, string> options)
    {
        var endpoint = _wanted.Concat(running).FirstOrDefault(known => known.Settings == settings) ?? make(settings, options);
        if (!_wanted.Contains(endpoint))
        {
            _wanted.Add(endpoint);
        }

        return endpoint;
    }
}
