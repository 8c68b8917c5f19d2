using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc;

/// <summary>
/// Learns what a broker speaks: asks in the newest version known here and goes down to what the refusal names, or to version 0
/// (KIP-35, KIP-511). Stateless.
/// </summary>
internal static class ApiVersionsNegotiation
{
    private const int CorrelationIdLength = 4;

    public static async Task<BrokerApiVersions> NegotiateAsync(RpcConnection connection, RpcConnectionOptions options)
    {
        var version = ApiVersionsRequest.MaxVersion;
        while (true)
        {
            var request = new ApiVersionsRequest
            {
                ClientSoftwareName = options.SoftwareName,
                ClientSoftwareVersion = options.SoftwareVersion,
            };
            var answer = await connection.SendAsync<ApiVersionsRequest, ApiVersionsResponse>(
                request, options.NegotiationTimeout, version);
            var response = answer.Message;
            if (response.ErrorCode == ErrorCode.None)
            {
                return BrokerApiVersions.From(response);
            }

            if (response.ErrorCode != ErrorCode.UnsupportedVersion || version == 0)
            {
                throw new RpcDisconnectedException(
                    $"{connection.Name} refused to tell its API versions: {response.ErrorCode.WireName()}");
            }

            // A refusal names the range, or nothing at all before KIP-511; either way the next try is lower than this one.
            var named = BrokerApiVersions.From(response).Choose(ApiCatalog.ApiVersions) ?? 0;
            version = named < version ? named : (short)0;
        }
    }

    /// <summary>The version a response is written in: the request's, but a refused ApiVersions is answered in version 0.</summary>
    public static short AnsweredVersion(ApiDescriptor api, short version, ReadOnlySpan<byte> frame)
    {
        if (api.Key != ApiKey.ApiVersions || frame.Length < CorrelationIdLength + 2)
        {
            return version;
        }

        var error = (ErrorCode)BinaryPrimitives.ReadInt16BigEndian(frame[CorrelationIdLength..]);
        return error == ErrorCode.UnsupportedVersion ? (short)0 : version;
    }
}
