namespace Calm.Training;

/// <summary>Maps the items of a stream on several cores and returns the results in order.</summary>
internal static class OrderedParallel
{
    /// <summary>
    /// Maps every item. The caller's thread reads the source, at most as far ahead as there are threads. Exceptions of the
    /// source and the map are rethrown unchanged.
    /// </summary>
    public static IEnumerable<TResult> Map<TSource, TResult>(
        IEnumerable<TSource> source, int threads, Func<TSource, TResult> map)
    {
        Queue<Task<TResult>> running = new();
        foreach (TSource item in source)
        {
            running.Enqueue(Task.Run(() => map(item)));
            if (running.Count >= threads)
            {
                yield return running.Dequeue().GetAwaiter().GetResult();
            }
        }

        while (running.TryDequeue(out Task<TResult>? next))
        {
            yield return next.GetAwaiter().GetResult();
        }
    }

    /// <summary>Groups documents into batches of about one megabyte.</summary>
    public static IEnumerable<List<Document>> Batches(IEnumerable<Document> documents)
    {
        const int batchBytes = 1 << 20;
        List<Document> batch = [];
        long bytes = 0;
        foreach (Document document in documents)
        {
            batch.Add(document);
            bytes += document.Text.Length;
            if (bytes >= batchBytes)
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
