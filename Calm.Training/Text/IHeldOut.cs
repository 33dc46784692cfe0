namespace Calm.Training;

/// <summary>A part of some documents that is held out, and what that leaves to learn from.</summary>
internal interface IHeldOut
{
    /// <summary>The documents that judge a model.</summary>
    IEnumerable<Document> HeldOut { get; }

    /// <summary>The part of some documents that may be learnt from: nothing that is held out.</summary>
    IEnumerable<Document> TrainOf(IEnumerable<Document> documents);
}
