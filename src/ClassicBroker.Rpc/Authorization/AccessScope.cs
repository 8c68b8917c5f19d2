namespace ClassicBroker.Rpc.Authorization;

/// <summary>When a check of an API is made, and what a refusal means.</summary>
public enum AccessScope
{
    /// <summary>Made before the handler; a refusal is the answer to the whole request.</summary>
    Request,

    /// <summary>Made by the handler for each resource; those refused are answered with the rule's error.</summary>
    Resource,

    /// <summary>Made by the handler for each resource; those refused are left out of the answer, and no denial is logged.</summary>
    Visibility,

    /// <summary>
    /// A check of the cluster, made where the check behind it is made: before the handler or by it. If it allows, the rules behind it are
    /// not asked. No denial is logged.
    /// </summary>
    Shortcut,
}
