using System.Net;
using System.Net.Sockets;

namespace ClassicBroker.Platform;

/// <summary>The operating system's resolver: hosts file and DNS. Threading: any thread.</summary>
public sealed class SystemAddressResolver : IAddressResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellation);
            return addresses.Length > 0 ? addresses : throw new UnknownHostException(host, "Name has no address");
        }
        catch (SocketException failure)
        {
            throw new UnknownHostException(host, failure.Message);
        }
        catch (ArgumentException failure)
        {
            throw new UnknownHostException(host, failure.Message);
        }
    }
}
