using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Events;

/// <summary>UpdateFeatures as messages. A broker in ZooKeeper mode supports no feature, hence nothing can be finalised.</summary>
internal static class FeatureAnswers
{
    public static UpdateFeaturesResponse Refuse(UpdateFeaturesRequest request, MetadataVersion interBrokerProtocol)
    {
        if (!interBrokerProtocol.SupportsFeatureVersioning())
        {
            return new() { ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = "Feature versioning system is disabled." };
        }

        return new()
        {
            Results =
            [
                .. request.FeatureUpdates.Select(update => new UpdateFeaturesResponse.UpdatableFeatureResult
                {
                    Feature = update.Feature,
                    ErrorCode = ErrorCode.InvalidRequest,
                    ErrorMessage = "Could not apply finalized feature update because the provided feature is not supported.",
                }),
            ],
        };
    }
}
