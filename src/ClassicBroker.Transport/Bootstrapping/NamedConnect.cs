using System.Net;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>Connects to a name: its addresses are tried in their order. Stateless.</summary>
internal static class NamedConnect
{
    /// <exception cref="ConnectException">The name has no address, or the last of them failed so.</exception>
    public static async Task<TransportChannel> ConnectAsync(
        this IAddressResolver resolver,
        ConnectOptions options,
        Func<IPEndPoint, Task<TransportChannel>> connect,
        CancellationToken cancellation)
    {
        var addresses = await ResolveAsync(resolver, options, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                return await connect(new(addresses[i], options.Port));
            }
            catch (ConnectException) when (i + 1 < addresses.Count)
            {
                // The name has another address.
            }
        }
    }

    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(
        IAddressResolver resolver, ConnectOptions options, CancellationToken cancellation)
    {
        try
        {
            return await resolver.ResolveAsync(options.Host, cancellation);
        }
        catch (UnknownHostException failure)
        {
            throw new ConnectException(ConnectFailure.Unresolvable, options.Host, options.Port, failure.Message);
        }
    }
}
