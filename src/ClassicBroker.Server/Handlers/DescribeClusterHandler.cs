using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeCluster 0-1: cluster id, controller and brokers as this listener shows them (KIP-700).</summary>
public sealed class DescribeClusterHandler(BrokerIdentity identity, MetadataCache metadata)
    : RequestHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;

    public override IReadOnlyList<AccessRule> Access { get; } = [];

    public override ValueTask<DescribeClusterResponse?> HandleAsync(DescribeClusterRequest request, RequestContext context)
    {
        if (request.EndpointType != Brokers)
        {
            return ValueTask.FromResult<DescribeClusterResponse?>(new()
            {
                ErrorCode = ErrorCode.MismatchedEndpointType,
                ErrorMessage = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
            });
        }

        var image = metadata.Current;
        var brokers = new List<DescribeClusterResponse.DescribeClusterBroker>();
        foreach (var broker in image.Brokers)
        {
            if (broker.Endpoint(context.ListenerName) is { } endpoint)
            {
                brokers.Add(new() { BrokerId = broker.Id, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });
            }
        }

        return ValueTask.FromResult<DescribeClusterResponse?>(new()
        {
            ClusterId = identity.ClusterId,
            ControllerId = image.IsAlive(image.ControllerId) ? image.ControllerId : MetadataImage.NoController,
            Brokers = [.. brokers],
            ClusterAuthorizedOperations =
                request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.OfCluster(context) : AuthorizedOperations.NotAsked,
        });
    }
}
