using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>Asks a ZooKeeper server on the loopback interface as <c>echo word | nc</c> does.</summary>
public static class FourLetterWord
{
    public static async Task<string> AskAsync(int port, string word)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(word));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
