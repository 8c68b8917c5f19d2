using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Events;

/// <summary>UpdateFeatures as messages. A broker in ZooKeeper mode supports no feature, hence nothing can be finalised.</summary>
internal static class FeatureAnswers
{
    private const sbyte Upgrade = 1;
    private const sbyte UnsafeDowngrade = 3;

    public static UpdateFeaturesResponse Refuse(UpdateFeaturesRequest request, MetadataVersion interBrokerProtocol)
    {
        if (!interBrokerProtocol.SupportsFeatureVersioning())
        {
            return new() { ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = "Feature versioning system is disabled." };
        }

        return new()
        {
            ErrorMessage = null,
            Results =
            [
                .. request.FeatureUpdates.Select(update => new UpdateFeaturesResponse.UpdatableFeatureResult
                {
                    Feature = update.Feature,
                    ErrorCode = ErrorCode.InvalidRequest,
                    ErrorMessage = FaultOf(update),
                }),
            ],
        };
    }

    /// <summary>Kafka's checks in their order. Before version 1 leave to downgrade stands for the type of the change.</summary>
    private static string FaultOf(UpdateFeaturesRequest.FeatureUpdateKey update)
    {
        var mayLower = update.AllowDowngrade || update.UpgradeType != Upgrade;
        return update.Feature.Length == 0 ? "Feature name can not be empty."
            : update.UpgradeType is < Upgrade or > UnsafeDowngrade ? "Received unknown upgrade type."
            : update.MaxVersionLevel >= 1 ? "Could not apply finalized feature update because the provided feature is not supported."
            : mayLower ? "Can not delete non-existing finalized feature."
            : $"Can not provide versionLevel: {update.MaxVersionLevel} less than 1 without setting the SAFE downgradeType in the request.";
    }
}
