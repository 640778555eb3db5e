import numpy as np, random, time, sys
from healthnews.duplicates import signatures as S, shingles as H
import pyarrow.parquet as pq
texts=pq.read_table('/tmp/dup/g20k.parquet')['text'].to_pylist()
s=time.time(); H.fold_table(); print("table",time.time()-s)
t=texts[:300]+["","a","ab","abc","2.5%","2 5%","\U00020000\U00020001字","1.2.3","第1-3条。","𝟙𝟚"]+["".join(random.choice("医保2.5%-~ ,。ＡaA\U00020003😀①") for _ in range(random.randrange(60))) for _ in range(3000)]
codes,off=H.codes_of(t)
plain=np.array([S.sign_plain(codes[off[i]:off[i+1]]) for i in range(len(t))])
out=np.zeros((len(t),20),np.uint64); __import__('healthnews.duplicates.kernels',fromlist=['x']).sign_texts(codes,off,H.fold_table(),out)
bad=np.flatnonzero((plain!=out).any(axis=1)); print("differ",len(bad),[t[i] for i in bad[:5]])
s=time.process_time(); S.sign(texts); print((time.process_time()-s)/len(texts)*1e6,"us/doc")
